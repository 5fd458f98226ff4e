//! The simulated robot's camera: real photos that stand around in its world, seen from where its head is and looks.
//!
//! Input: the world, the robot's pose and the angles of its head. Output: RGB frames of the size and field of view
//! that the robot's description gives its camera. Photos are upright and face the camera, walls and furniture are
//! plain boxes and hide what is behind them, everything else is plain floor and ceiling: whatever a detector finds
//! in a frame was in a photo. It draws no random numbers and recognises nothing.

mod photo;

pub use photo::{BUILT_IN, PhotoError};

use super::board::SimBoard;
use super::world::{Holder, Photo, Solid, World};
use brain::config;
use brain::units::Radians;
use image::{Rgb, RgbImage};
use photo::Texture;
use std::ops::Range;
use std::path::Path;

/// Height of the ceiling, and of whatever is taken for a wall.
const CEILING_M: f32 = 2.5;

/// Nearest distance at which anything is drawn.
const NEAR_M: f32 = 0.05;

const WALL: Rgb<u8> = Rgb([206, 204, 198]);
const FURNITURE: Rgb<u8> = Rgb([158, 140, 120]);
const FLOOR: Rgb<u8> = Rgb([150, 146, 140]);
const SKY: Rgb<u8> = Rgb([226, 226, 224]);

/// A camera and the photos it can see.
#[derive(Debug, Clone)]
pub struct Camera {
    size: (u32, u32),
    focal: f32,
    height_m: f32,
    tilt: f32,
    has_head: [bool; 2],
    photos: Vec<(Photo, Texture)>,
}

/// One frame, and how it was taken.
#[derive(Debug, Clone)]
pub struct Shot {
    /// Simulated time in milliseconds.
    pub t_ms: u64,
    /// Pan of the head, left positive.
    pub pan: Radians,
    /// Tilt of the head, up positive.
    pub tilt: Radians,
    /// The picture.
    pub image: RgbImage,
}

impl Camera {
    /// The camera of this robot in this world; photos are found in `folder`. `None` when the robot has no camera.
    ///
    /// # Errors
    /// [`PhotoError`] when a photo cannot be read.
    pub fn new(robot: &config::Robot, world: &World, folder: &Path) -> Result<Option<Self>, PhotoError> {
        Self::with_photos(robot, world, |photo| Texture::load(photo, folder))
    }

    /// The demo robot's camera, whose photos are built in.
    ///
    /// # Errors
    /// Never, unless a photo in the source tree is broken.
    pub fn demo(robot: &config::Robot, world: &World) -> Result<Option<Self>, PhotoError> {
        Self::with_photos(robot, world, Texture::built_in)
    }

    fn with_photos(
        robot: &config::Robot,
        world: &World,
        load: impl Fn(&Photo) -> Result<Texture, PhotoError>,
    ) -> Result<Option<Self>, PhotoError> {
        let Some(camera) = &robot.camera else {
            return Ok(None);
        };
        let mut photos = Vec::new();
        for photo in &world.photos {
            photos.push((photo.clone(), load(photo)?));
        }
        let half = camera.hfov_deg.radians().0 / 2.0;
        let head = robot.head.as_ref();
        Ok(Some(Camera {
            size: (camera.width, camera.height),
            focal: camera.width as f32 / 2.0 / libm::tanf(half),
            height_m: camera.height_m.0,
            tilt: camera.tilt_deg.radians().0,
            has_head: [head.is_some(), head.is_some_and(|head| head.tilt.is_some())],
            photos,
        }))
    }

    /// What the camera sees when the robot and its world are as on this board. It takes some 20 ms: give it a copy of
    /// the board of a simulation that runs.
    #[must_use]
    pub fn look(&self, board: &SimBoard) -> Shot {
        let [pan, tilt] = self.head(board);
        let eye = self.eye(board, [pan, tilt]);
        let mut canvas = Canvas::new(self.size);
        canvas.draw_room(&eye, &board.world);
        for (photo, texture) in &self.photos {
            if let Some((x, y, z)) = place(photo, &board.world) {
                canvas.draw_photo(&eye, (x, y, z), photo.width_m as f32, texture);
            }
        }
        Shot {
            t_ms: board.now_ms(),
            pan,
            tilt,
            image: canvas.image,
        }
    }

    /// Pan and tilt of the head; the joints come in this order.
    fn head(&self, board: &SimBoard) -> [Radians; 2] {
        let mut joints = board.robot.joints();
        self.has_head.map(|has| {
            Radians(if has {
                joints.next().unwrap_or(0.0) as f32
            } else {
                0.0
            })
        })
    }

    fn eye(&self, board: &SimBoard, [pan, tilt]: [Radians; 2]) -> Eye {
        let frame = board.robot.frame();
        let (yaw_sin, yaw_cos) = libm::sincosf(frame.heading as f32 + pan.0);
        let (pitch_sin, pitch_cos) = libm::sincosf(tilt.0 + self.tilt);
        Eye {
            x: frame.x as f32,
            y: frame.y as f32,
            z: self.height_m,
            yaw: (yaw_sin, yaw_cos),
            pitch: (pitch_sin, pitch_cos),
            focal: self.focal,
            middle: (self.size.0 as f32 / 2.0, self.size.1 as f32 / 2.0),
        }
    }
}

/// Where a photo's lower edge stands now; `None` while what it shows is in the robot's hand or is not there.
fn place(photo: &Photo, world: &World) -> Option<(f32, f32, f32)> {
    let Some(of) = &photo.of else {
        return Some((photo.at.x, photo.at.y, photo.z as f32));
    };
    let thing = world.things.iter().find(|thing| thing.id == *of);
    let person = world.persons.iter().find(|person| person.id == *of);
    match (thing, person) {
        (Some(thing), _) if thing.holder == Some(Holder::Robot) => None,
        (Some(thing), _) => Some((thing.at.x, thing.at.y, thing.z as f32)),
        (None, Some(person)) => Some((person.at.x, person.at.y, photo.z as f32)),
        (None, None) => None,
    }
}

/// Where the camera is, where it looks, and how pixels become directions.
#[derive(Debug, Clone, Copy)]
struct Eye {
    x: f32,
    y: f32,
    z: f32,
    /// Sine and cosine.
    yaw: (f32, f32),
    pitch: (f32, f32),
    focal: f32,
    middle: (f32, f32),
}

impl Eye {
    /// Direction of a pixel: along x, along y, up. Its length is that of a pixel's ray, not one.
    fn ray(&self, u: f32, v: f32) -> [f32; 3] {
        let (left, up) = ((self.middle.0 - u) / self.focal, (self.middle.1 - v) / self.focal);
        let ahead = self.pitch.1 - up * self.pitch.0;
        let rise = self.pitch.0 + up * self.pitch.1;
        [
            ahead * self.yaw.1 - left * self.yaw.0,
            ahead * self.yaw.0 + left * self.yaw.1,
            rise,
        ]
    }

    /// The pixel of a point; `None` when it is not ahead.
    fn pixel(&self, [x, y, z]: [f32; 3]) -> Option<(f32, f32)> {
        let (dx, dy, dz) = (x - self.x, y - self.y, z - self.z);
        let level = dx * self.yaw.1 + dy * self.yaw.0;
        let left = dy * self.yaw.1 - dx * self.yaw.0;
        let ahead = level * self.pitch.1 + dz * self.pitch.0;
        let up = dz * self.pitch.1 - level * self.pitch.0;
        (ahead > NEAR_M).then(|| {
            (
                self.middle.0 - self.focal * left / ahead,
                self.middle.1 - self.focal * up / ahead,
            )
        })
    }
}

/// A picture being drawn, with the distance of every pixel in lengths of its ray.
struct Canvas {
    image: RgbImage,
    depth: Vec<f32>,
}

impl Canvas {
    fn new((width, height): (u32, u32)) -> Self {
        Canvas {
            image: RgbImage::new(width, height),
            depth: vec![f32::INFINITY; width as usize * height as usize],
        }
    }

    fn put(&mut self, u: u32, v: u32, depth: f32, color: Rgb<u8>) {
        self.image.put_pixel(u, v, color);
        self.depth[v as usize * self.image.width() as usize + u as usize] = depth;
    }

    /// Walls, furniture, floor and ceiling.
    fn draw_room(&mut self, eye: &Eye, world: &World) {
        let (width, height) = self.image.dimensions();
        let boxes: Vec<Slab> = world
            .solids
            .iter()
            .filter_map(|solid| Slab::of(solid, eye, self))
            .collect();
        for v in 0..height {
            for u in 0..width {
                let ray = eye.ray(u as f32 + 0.5, v as f32 + 0.5);
                let (mut depth, mut color) = match ray[2] {
                    up if up < 0.0 => (-eye.z / up, FLOOR),
                    up if up > 0.0 => ((CEILING_M - eye.z) / up, SKY),
                    _ => (f32::INFINITY, SKY),
                };
                let inverse = ray.map(|part| 1.0 / part);
                for slab in &boxes {
                    if slab.across.contains(&u)
                        && slab.down.contains(&v)
                        && let Some((hit, shade)) = slab.hit(inverse)
                        && hit < depth
                    {
                        (depth, color) = (hit, shaded(slab.color, shade));
                    }
                }
                // What is far is a little darker: a plain surface gets a gentle gradient.
                self.put(
                    u,
                    v,
                    depth,
                    shaded(color, 1.0 - 0.15 * (depth / (depth + 4.0)).min(1.0)),
                );
            }
        }
    }

    /// One photo, where nothing nearer hides it.
    fn draw_photo(&mut self, eye: &Eye, (x, y, z): (f32, f32, f32), width_m: f32, texture: &Texture) {
        let (dx, dy) = (x - eye.x, y - eye.y);
        let distance = libm::hypotf(dx, dy);
        if distance < NEAR_M {
            return;
        }
        let (nx, ny) = (dx / distance, dy / distance);
        let (columns, rows) = texture.size();
        let height_m = width_m * rows as f32 / columns as f32;
        let edge = width_m / 2.0;
        let corners = [(edge, 0.0), (edge, height_m), (-edge, 0.0), (-edge, height_m)]
            .map(|(left, up)| eye.pixel([x - ny * left, y + nx * left, z + up]));
        let (us, vs) = self.bounds(&corners);
        // Pixels of the photo for one of the picture.
        let texture = texture.level(columns as f32 / width_m * distance / eye.focal);
        for v in vs {
            for u in us.clone() {
                let [rx, ry, rz] = eye.ray(u as f32 + 0.5, v as f32 + 0.5);
                let towards = rx * nx + ry * ny;
                if towards <= 0.0 {
                    continue;
                }
                let depth = distance / towards;
                let left = depth * (ry * nx - rx * ny);
                let up = eye.z + depth * rz - z;
                let nearer = depth < self.depth[v as usize * self.image.width() as usize + u as usize];
                if nearer && left.abs() <= edge && (0.0..=height_m).contains(&up) {
                    let color = texture.sample(0.5 - left / width_m, 1.0 - up / height_m);
                    self.put(u, v, depth, color);
                }
            }
        }
    }

    /// The pixels that a shape with these corners may cover: all of them when a corner is not ahead.
    fn bounds(&self, corners: &[Option<(f32, f32)>]) -> (Range<u32>, Range<u32>) {
        let (width, height) = self.image.dimensions();
        let mut range = [f32::INFINITY, f32::NEG_INFINITY, f32::INFINITY, f32::NEG_INFINITY];
        for corner in corners {
            let Some((u, v)) = corner else {
                return (0..width, 0..height);
            };
            range = [
                range[0].min(*u),
                range[1].max(*u),
                range[2].min(*v),
                range[3].max(*v),
            ];
        }
        let clip = |low: f32, high: f32, end: u32| {
            low.max(0.0) as u32..(high.max(-1.0) + 1.0).min(end as f32) as u32
        };
        (clip(range[0], range[1], width), clip(range[2], range[3], height))
    }
}

/// A solid as seen from the eye: its sides relative to it, and the pixels it may cover.
struct Slab {
    low: [f32; 3],
    high: [f32; 3],
    across: Range<u32>,
    down: Range<u32>,
    color: Rgb<u8>,
}

impl Slab {
    /// `None` when it is wholly behind.
    fn of(solid: &Solid, eye: &Eye, canvas: &Canvas) -> Option<Self> {
        let (length, width) = (solid.length_m as f32 / 2.0, solid.width_m as f32 / 2.0);
        let height = solid.height_m as f32;
        let low = [solid.at.x - length, solid.at.y - width, 0.0];
        let high = [solid.at.x + length, solid.at.y + width, height];
        let corner = |nth: usize| {
            std::array::from_fn(|axis| {
                if nth >> axis & 1 == 0 {
                    low[axis]
                } else {
                    high[axis]
                }
            })
        };
        let corners: [_; 8] = std::array::from_fn(|nth| eye.pixel(corner(nth)));
        if corners.iter().all(Option::is_none) {
            return None;
        }
        let (across, down) = canvas.bounds(&corners);
        let from_eye = |[x, y, z]: [f32; 3]| [x - eye.x, y - eye.y, z - eye.z];
        let color = if height < CEILING_M { FURNITURE } else { WALL };
        Some(Slab {
            low: from_eye(low),
            high: from_eye(high),
            across,
            down,
            color,
        })
    }

    /// Where a ray from the eye meets the box, in lengths of the ray, and how light the side met is. It takes the
    /// inverse of the ray, part by part (Kay and Kajiya 1986, "slabs").
    fn hit(&self, inverse: [f32; 3]) -> Option<(f32, f32)> {
        const SHADES: [f32; 3] = [0.92, 1.0, 1.08];
        let (mut enter, mut leave, mut shade) = (0.0f32, f32::INFINITY, 1.0);
        for axis in 0..3 {
            let (a, b) = (self.low[axis] * inverse[axis], self.high[axis] * inverse[axis]);
            let (near, far) = if a < b { (a, b) } else { (b, a) };
            if near > enter {
                (enter, shade) = (near, SHADES[axis]);
            }
            leave = leave.min(far);
        }
        (enter > 0.0 && enter <= leave).then_some((enter, shade))
    }
}

fn shaded(Rgb(color): Rgb<u8>, light: f32) -> Rgb<u8> {
    Rgb(color.map(|part| (f32::from(part) * light).min(255.0) as u8))
}

#[cfg(test)]
mod tests;
