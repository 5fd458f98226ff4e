//! Ways over the floor: the shortest path along the map's places and waypoints (Dijkstra 1959).

use crate::config::Robot;
use crate::ground::candidates::place_at;
use crate::units::{Metres, Point};

/// How far off the straight line between two nodes one may stand and still be on that way.
const ON_WAY_M: f32 = 0.7;

struct Graph<'a> {
    ids: Vec<&'a str>,
    at: Vec<Point>,
    edges: Vec<(usize, usize)>,
}

impl<'a> Graph<'a> {
    fn new(robot: &'a Robot) -> Self {
        let nodes = robot
            .place
            .iter()
            .map(|p| (p.id.as_str(), p.at(), &p.connects))
            .chain(
                robot
                    .waypoint
                    .iter()
                    .map(|w| (w.id.as_str(), Point { x: w.x, y: w.y }, &w.connects)),
            );
        let (mut ids, mut at, mut links) = (Vec::new(), Vec::new(), Vec::new());
        for (id, point, connects) in nodes {
            ids.push(id);
            at.push(point);
            links.push(connects);
        }
        let find = |id: &str| ids.iter().position(|i| *i == id);
        let edges = links
            .iter()
            .enumerate()
            .flat_map(|(i, to)| to.iter().filter_map(move |id| Some((i, find(id)?))))
            .collect();
        Graph { ids, at, edges }
    }

    /// The nodes that can be driven to directly from a point, or from which it can be reached.
    fn doors(&self, robot: &Robot, from: Point) -> Vec<usize> {
        let mut near: Vec<usize> = place_at(robot, from)
            .and_then(|id| self.ids.iter().position(|i| *i == id))
            .into_iter()
            .collect();
        for (a, b) in &self.edges {
            if off(self.at[*a], self.at[*b], from) <= ON_WAY_M {
                near.extend([*a, *b]);
            }
        }
        if near.is_empty() {
            let distance = |i: &usize| self.at[*i].distance(from).0;
            near.extend((0..self.at.len()).min_by(|a, b| distance(a).total_cmp(&distance(b))));
        }
        near
    }
}

/// Distance of a point from the line between two others.
fn off(a: Point, b: Point, p: Point) -> f32 {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let length = dx * dx + dy * dy;
    let t = if length > 0.0 {
        (((p.x - a.x) * dx + (p.y - a.y) * dy) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    p.distance(Point {
        x: a.x + t * dx,
        y: a.y + t * dy,
    })
    .0
}

/// Points to drive through from one point to another, the last being the destination. Straight where the map tells no
/// way, or where both lie in the same place.
#[must_use]
pub fn route(robot: &Robot, from: Point, to: Point) -> Vec<Point> {
    let here = place_at(robot, from);
    if here.is_some() && here == place_at(robot, to) {
        return vec![to];
    }
    let graph = Graph::new(robot);
    let (starts, ends) = (graph.doors(robot, from), graph.doors(robot, to));
    let mut cost = vec![f32::INFINITY; graph.at.len()];
    let mut before: Vec<Option<usize>> = vec![None; graph.at.len()];
    let mut open: Vec<usize> = (0..graph.at.len()).collect();
    for s in starts {
        cost[s] = from.distance(graph.at[s]).0;
    }
    while !open.is_empty() {
        let nearest = (0..open.len())
            .min_by(|a, b| cost[open[*a]].total_cmp(&cost[open[*b]]))
            .unwrap_or(0);
        let node = open.swap_remove(nearest);
        if cost[node].is_infinite() {
            break;
        }
        for (a, b) in &graph.edges {
            let next = match (*a == node, *b == node) {
                (true, _) => *b,
                (_, true) => *a,
                _ => continue,
            };
            let through = cost[node] + graph.at[node].distance(graph.at[next]).0;
            if through < cost[next] {
                cost[next] = through;
                before[next] = Some(node);
            }
        }
    }
    let total = |i: &usize| cost[*i] + graph.at[*i].distance(to).0;
    let last = ends
        .into_iter()
        .filter(|i| cost[*i].is_finite())
        .min_by(|a, b| total(a).total_cmp(&total(b)));
    let mut points = vec![to];
    let mut at = last;
    while let Some(node) = at {
        points.push(graph.at[node]);
        at = before[node];
    }
    points.reverse();
    points.dedup_by(|a, b| a.distance(*b).0 < 0.05);
    if points.len() > 1 && points[0].distance(from).0 < 0.05 {
        points.remove(0);
    }
    points
}

/// Length of a way that begins here.
#[must_use]
pub fn length(from: Point, route: &[Point]) -> Metres {
    let ends = std::iter::once(&from).chain(route);
    Metres(ends.zip(route).map(|(a, b)| a.distance(*b).0).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::demo;

    #[test]
    fn ways_run_through_doors() {
        let check = |from: (f32, f32), to: (f32, f32), expect: &[(f32, f32)]| {
            let point = |(x, y)| Point { x, y };
            let got: Vec<(f32, f32)> = route(&demo(), point(from), point(to))
                .iter()
                .map(|p| (p.x, p.y))
                .collect();
            assert_eq!(got, expect, "{from:?} to {to:?}");
        };
        check(
            (0.0, 0.0),
            (6.0, -3.0),
            &[(1.0, 0.0), (3.0, 0.0), (6.0, 0.0), (6.0, -3.0)],
        );
        check(
            (6.0, -3.0),
            (-0.5, 0.0),
            &[(6.0, 0.0), (3.0, 0.0), (1.0, 0.0), (-0.5, 0.0)],
        );
        // In the corridor: no way back to a node that lies behind.
        check((5.0, 0.0), (3.0, 3.0), &[(3.0, 0.0), (3.0, 3.0)]);
        check((6.0, -3.0), (6.5, -2.7), &[(6.5, -2.7)]);
    }

    #[test]
    fn without_a_map_the_way_is_straight() {
        let to = Point { x: 2.0, y: 1.0 };
        assert_eq!(route(&Robot::default(), Point::default(), to), vec![to]);
    }
}
