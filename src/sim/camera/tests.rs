//! What stands where must be seen where.

use super::*;
use crate::sim::robot::Robot;
use crate::sim::world::Thing;
use crate::sim::{Options, description};
use brain::units::{Degrees, Point, Pose};

const RED: Rgb<u8> = Rgb([250, 10, 20]);

/// A camera at 1 m height in a world with one red photo, 0.4 m wide and 0.8 m high.
struct Bench {
    camera: Camera,
    board: SimBoard,
}

impl Bench {
    fn new(x: f32, y: f32, z: f64) -> Self {
        let robot = Options::demo().unwrap().robot;
        let photo = Photo {
            file: "red.png".into(),
            at: Point { x, y },
            z,
            width_m: 0.4,
            of: None,
            crop: None,
        };
        let world = World {
            photos: vec![photo],
            ..World::default()
        };
        let red = |_: &Photo| Ok(Texture::new(RgbImage::from_pixel(100, 200, RED)));
        let camera = Camera::with_photos(&robot, &world, red).unwrap().unwrap();
        let body = Robot::new(description::body(&robot), Pose::default(), 1);
        let board = SimBoard::new(description::outputs(&robot), body, world, 1);
        Bench { camera, board }
    }

    /// Bounds of what is red: left, top, right, bottom in pixels.
    fn red(&self) -> Option<[u32; 4]> {
        let image = self.camera.look(&self.board).image;
        let red = image
            .enumerate_pixels()
            .filter(|(_, _, pixel)| pixel[0] > 200 && pixel[1] < 60);
        red.fold(None, |bounds, (x, y, _)| {
            let [left, top, right, bottom] = bounds.unwrap_or([x, y, x, y]);
            Some([left.min(x), top.min(y), right.max(x), bottom.max(y)])
        })
    }

    fn pan(&mut self, degrees: f32) {
        self.board
            .robot
            .joint(0, Some(Degrees(degrees).radians().0.into()));
        for _ in 0..400 {
            self.board.robot.step(&mut self.board.world);
        }
    }
}

#[test]
fn photos_are_seen_in_their_direction_and_size() {
    let check = |x: f32, y: f32, z: f64| {
        let bench = Bench::new(x, y, z);
        let [left, top, right, bottom] = bench.red().unwrap_or_else(|| panic!("{x}, {y} is not seen"));
        let (focal, distance) = (bench.camera.focal, x.hypot(y));
        let bearing = ((320.0 - (left + right + 1) as f32 / 2.0) / focal).atan();
        assert!((bearing - y.atan2(x)).abs() < 0.01, "{x}, {y}: bearing {bearing}");
        // Below the horizon by the camera's height over the distance ahead. It faces the camera, so beside the
        // picture's middle one edge is a little nearer: hence the few pixels.
        let foot = 240.0 + focal * (1.0 - z as f32) / x;
        assert!(
            (bottom as f32 + 1.0 - foot).abs() < 4.0,
            "{x}, {y}: foot at {bottom}, not {foot}"
        );
        let tall = focal * 0.8 / x;
        assert!(
            ((bottom - top + 1) as f32 - tall).abs() < 4.0,
            "{x}, {y}: {} high, not {tall}",
            bottom - top + 1
        );
        assert!((right - left + 1) as f32 >= focal * 0.4 / distance - 2.0);
    };
    check(3.0, 0.0, 0.5);
    check(3.0, 1.0, 0.3);
    check(5.0, -2.0, 0.0);
}

#[test]
fn the_head_turns_the_picture() {
    let mut bench = Bench::new(0.0, 3.0, 0.5);
    assert_eq!(bench.red(), None, "it is far to the left");
    bench.pan(80.0);
    let [left, _, right, _] = bench.red().unwrap();
    let bearing = ((320.0 - (left + right + 1) as f32 / 2.0) / bench.camera.focal)
        .atan()
        .to_degrees();
    assert!((bearing - 10.0).abs() < 0.5, "{bearing}");
}

#[test]
fn walls_hide_and_tables_do_not() {
    let mut bench = Bench::new(4.0, 0.0, 0.75);
    let solid = |height_m: f64| Solid {
        id: "wall".into(),
        at: Point { x: 3.9, y: 0.0 },
        length_m: 0.6,
        width_m: 1.0,
        height_m,
    };
    let alone = bench.red();
    bench.board.world.solids = vec![solid(0.75)];
    assert_eq!(bench.red(), alone, "it stands on the table");
    bench.board.world.solids = vec![solid(2.5)];
    assert_eq!(bench.red(), None, "it is in the wall");
}

#[test]
fn photos_move_with_what_they_show_and_are_gone_in_the_gripper() {
    let mut bench = Bench::new(9.0, 9.0, 0.0);
    bench.camera.photos[0].0.of = Some("cup".into());
    assert_eq!(bench.red(), None, "there is no cup");
    let at = Point { x: 2.0, y: 0.0 };
    bench.board.world.things = vec![Thing {
        id: "cup".into(),
        class: "cup".into(),
        at,
        z: 0.7,
        grasp_m: 0.07,
        holder: None,
    }];
    assert!(bench.red().is_some());
    bench.board.world.things[0].holder = Some(Holder::Robot);
    assert_eq!(bench.red(), None);
}

#[test]
fn far_photos_are_smooth() {
    let mut bench = Bench::new(20.0, 0.0, 0.6);
    let stripes = RgbImage::from_fn(
        400,
        800,
        |x, _| if x % 2 == 0 { Rgb([255; 3]) } else { Rgb([0; 3]) },
    );
    bench.camera.photos[0].1 = Texture::new(stripes);
    let image = bench.camera.look(&bench.board).image;
    let middle = image.get_pixel(320, 240).0;
    assert!(
        middle.iter().all(|part| (110..=145).contains(part)),
        "{middle:?} is not the mean of the stripes"
    );
}

#[test]
fn photos_that_cannot_be_shown_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    RgbImage::new(10, 10)
        .save(folder.path().join("small.png"))
        .unwrap();
    std::fs::write(folder.path().join("text.jpg"), "no image").unwrap();
    let robot = Options::demo().unwrap().robot;
    let check = |file: &str, crop: Option<[u32; 4]>| {
        let photo = Photo {
            file: file.into(),
            at: Point::default(),
            z: 0.0,
            width_m: 1.0,
            of: None,
            crop,
        };
        let world = World {
            photos: vec![photo],
            ..World::default()
        };
        Camera::new(&robot, &world, folder.path()).map_or_else(
            |error| {
                error
                    .to_string()
                    .replace(&*folder.path().to_string_lossy(), "PACK")
            },
            |_| "fine".into(),
        )
    };
    insta::assert_snapshot!(check("small.png", Some([2, 2, 8, 8])), @"fine");
    insta::assert_snapshot!(check("small.png", Some([2, 2, 9, 8])), @"PACK/small.png is 10 by 10 pixels: crop [2, 2, 9, 8] ([x, y, width, height]) is not inside of it");
    insta::assert_snapshot!(check("none.png", None), @"cannot read the photo PACK/none.png: No such file or directory (os error 2); photos are looked for beside the world that names them");
    insta::assert_snapshot!(check("text.jpg", None), @"PACK/text.jpg is no image that can be shown: The image format could not be determined; JPEG and PNG can");
}

#[test]
fn the_demo_flat_shows_its_photos() {
    let options = Options::demo().unwrap();
    let camera = Camera::demo(&options.robot, &options.world).unwrap().unwrap();
    let sees = |x: f32, y: f32, heading_deg: f32| {
        let mut options = options.clone();
        options.robot.start = config::Start {
            x,
            y,
            heading_deg: Degrees(heading_deg),
        };
        let mut simulation = crate::sim::Simulation::new(&options);
        let with = camera.look(simulation.board());
        simulation.board_mut().world.things.clear();
        let without = camera.look(simulation.board());
        with.image != without.image
    };
    assert!(sees(6.0, -3.0, 0.0), "the things on the kitchen table");
    assert!(sees(3.0, 3.0, 0.0), "the cup on the shelf");
    assert!(!sees(6.0, 0.0, 0.0), "nothing through the walls of the hall");
}
