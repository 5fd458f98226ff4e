//! Small nets, run as tract runs them and rewritten: the results must be the same, and nothing may stay unfused.

use super::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::Downsample;
use tract_onnx::tract_core::ops::array::{Pad, PadMode, Slice, TypedConcat};
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::cnn::{KernelFormat, MaxPool, PaddingSpec, PoolSpec};
use tract_onnx::tract_core::ops::logic::{CompGT, Iff};
use tract_onnx::tract_core::ops::nn::{DataFormat, Reduce, Reducer, hard_swish, leaky_relu, sigmoid};
use tract_onnx::tract_core::ops::{change_axes::AxisOp, math};

/// A net in the making.
struct Net(TypedModel, u32);

impl Net {
    fn new() -> (Self, OutletId) {
        let mut model = TypedModel::default();
        let x = model.add_source("x", f32::fact([1, 6, 9, 8])).unwrap();
        (Net(model, 1), x)
    }

    fn noise(&mut self, shape: &[usize]) -> Arc<Tensor> {
        let next = |_| {
            self.1 = self.1.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.1 >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        let numbers = (0..shape.iter().product::<usize>()).map(next).collect();
        tract_ndarray::ArrayD::from_shape_vec(shape, numbers)
            .unwrap()
            .into_arc_tensor()
    }

    fn op(&mut self, op: impl Into<Box<dyn TypedOp>>, inputs: &[OutletId]) -> OutletId {
        let name = format!("node{}", self.0.nodes.len());
        self.0.wire_node(name, op.into(), inputs).unwrap()[0]
    }

    fn constant(&mut self, value: Arc<Tensor>) -> OutletId {
        let name = format!("constant{}", self.0.nodes.len());
        self.0.add_const(name, value).unwrap()
    }

    fn scalar(&mut self, value: f32) -> OutletId {
        self.constant(tensor4(&[[[[value]]]]).into_arc_tensor())
    }

    /// A convolution to `cout` channels with as much around the picture as keeps its size at stride 1.
    fn conv(&mut self, x: OutletId, cout: usize, side: usize, stride: usize, group: usize) -> OutletId {
        let cin = self.0.outlet_fact(x).unwrap().shape[1].to_usize().unwrap();
        let weights = self.noise(&[cout, cin / group, side, side]);
        let weights = self.constant(weights);
        let bias = self.noise(&[cout]);
        let bias = self.constant(bias);
        let pool_spec = PoolSpec {
            data_format: DataFormat::NCHW,
            kernel_shape: tvec!(side, side),
            padding: PaddingSpec::Explicit(tvec!(side / 2, side / 2), tvec!(side / 2, side / 2)),
            dilations: None,
            strides: Some(tvec!(stride, stride)),
            input_channels: cin,
            output_channels: cout,
        };
        let conv = Conv {
            pool_spec,
            kernel_fmt: KernelFormat::OIHW,
            group,
            q_params: None,
        };
        self.op(conv, &[x, weights, bias])
    }
}

/// Runs the net both ways; `ops` are those that run, in order of their names.
fn check(what: &str, net: Net, output: OutletId, ops: &[&str]) {
    let Net(mut model, seed) = net;
    model.select_output_outlets(&[output]).unwrap();
    let x = Net(TypedModel::default(), seed).noise(&[1, 6, 9, 8]);
    let stock = model.clone().into_optimized().unwrap().into_runnable().unwrap();
    let expected = stock.run(tvec!(x.clone().into_tvalue())).unwrap();
    for isa in Isa::available().into_iter().zip(ByteIsa::available()) {
        let ours = fuse(model.clone(), isa).unwrap();
        let ours = ours.into_optimized().unwrap().into_runnable().unwrap();
        let mut names: Vec<String> = ours
            .order_without_consts()
            .iter()
            .map(|&id| ours.model().node(id).op.name().into_owned())
            .filter(|name| name != "Source")
            .collect();
        names.sort();
        assert_eq!(names, ops, "{what}, {isa:?}");
        let came = ours.run(tvec!(x.clone().into_tvalue())).unwrap();
        came[0]
            .close_enough(&expected[0], Approximation::Approximate)
            .unwrap_or_else(|error| panic!("{what}, {isa:?}: {error}"));
    }
}

const TURNED: [&str; 3] = ["PictureConv", "PictureTurn", "PictureTurn"];

#[test]
fn what_follows_a_convolution_is_done_in_its_store() {
    type Step = fn(&mut Net, OutletId) -> OutletId;
    let steps: [(&str, Step); 10] = [
        ("nothing", |_, x| x),
        ("relu", |net, x| {
            let zero = net.scalar(0.0);
            net.op(math::max(), &[x, zero])
        }),
        ("clip", |net, x| {
            let (zero, six) = (net.scalar(0.0), net.scalar(0.5));
            let x = net.op(math::max(), &[x, zero]);
            net.op(math::min(), &[x, six])
        }),
        ("clip from above", |net, x| {
            let (zero, six) = (net.scalar(0.0), net.scalar(0.5));
            let x = net.op(math::min(), &[six, x]);
            net.op(math::max(), &[zero, x])
        }),
        ("sigmoid", |net, x| net.op(sigmoid(), &[x])),
        ("silu", |net, x| {
            let gate = net.op(sigmoid(), &[x]);
            net.op(math::mul(), &[x, gate])
        }),
        ("hard swish", |net, x| net.op(hard_swish(), &[x])),
        ("leaky", |net, x| net.op(leaky_relu(0.1), &[x])),
        ("slopes", |net, x| {
            let zero = net.scalar(0.0);
            let slopes = net.noise(&[1, 10, 1, 1]);
            let slopes = net.constant(slopes);
            let negative = net.op(TypedBinOp(Box::new(CompGT), None), &[zero, x]);
            let sloped = net.op(math::mul(), &[x, slopes]);
            net.op(Iff, &[negative, sloped, x])
        }),
        ("hard sigmoid", |net, x| {
            let (alpha, beta) = (net.scalar(0.2), net.scalar(0.5));
            let (zero, one) = (net.scalar(0.0), net.scalar(1.0));
            let x = net.op(math::mul(), &[alpha, x]);
            let x = net.op(math::add(), &[beta, x]);
            let x = net.op(math::min(), &[one, x]);
            net.op(math::max(), &[zero, x])
        }),
    ];
    for (what, step) in steps {
        let (mut net, x) = Net::new();
        let y = net.conv(x, 10, 3, 1, 1);
        let y = step(&mut net, y);
        check(what, net, y, &TURNED);

        let (mut net, x) = Net::new();
        let first = net.conv(x, 10, 1, 1, 1);
        let y = net.conv(first, 10, 3, 1, 10);
        let y = step(&mut net, y);
        let y = net.op(math::add(), &[first, y]);
        let y = step(&mut net, y);
        let ops = ["PictureConv", "PictureDepthwise", "PictureTurn", "PictureTurn"];
        check(&format!("{what}, added"), net, y, &ops);
    }
}

#[test]
fn the_layout_is_kept_between_convolutions() {
    let (mut net, x) = Net::new();
    let a = net.conv(x, 7, 3, 2, 1);
    let b = net.conv(x, 9, 3, 2, 3);
    let both = net.op(TypedConcat { axis: 1 }, &[a, b]);
    let part = net.op(
        Slice {
            axis: 1,
            start: 2.into(),
            end: 14.into(),
        },
        &[both],
    );
    let padded = net.op(
        Pad {
            pads: vec![(0, 0), (0, 3), (0, 0), (0, 0)],
            mode: PadMode::Constant(tensor0(0f32).into_arc_tensor()),
        },
        &[part],
    );
    let pool_spec = PoolSpec {
        data_format: DataFormat::NCHW,
        kernel_shape: tvec!(3, 2),
        padding: PaddingSpec::Explicit(tvec!(1, 0), tvec!(1, 1)),
        dilations: None,
        strides: Some(tvec!(2, 1)),
        input_channels: 15,
        output_channels: 15,
    };
    let pooled = net.op(
        MaxPool {
            pool_spec,
            with_index_outputs: None,
        },
        &[padded],
    );
    let mean = net.op(
        Reduce {
            axes: tvec!(2, 3),
            reducer: Reducer::Sum,
        },
        &[pooled],
    );
    let gate = net.conv(mean, 15, 1, 1, 1);
    let y = net.op(math::mul(), &[gate, pooled]);
    let y = net.conv(y, 4, 1, 1, 1);
    let y = net.op(AxisOp::Move(1, 3), &[y]);
    let ops = [
        "Concat",
        "Mul",
        "Pad",
        "PictureConv",
        "PictureConv",
        "PictureConv",
        "PictureConv",
        "PicturePool",
        "PictureTurn",
        "Reduce<Sum>",
        "Slice",
    ];
    check("layout", net, y, &ops);
}

#[test]
fn zeros_around_a_picture_become_the_convolution_s() {
    let (mut net, x) = Net::new();
    let padded = net.op(
        Pad {
            pads: vec![(0, 0), (0, 0), (1, 2), (0, 1)],
            mode: PadMode::Constant(tensor0(0f32).into_arc_tensor()),
        },
        &[x],
    );
    let y = net.conv(padded, 5, 3, 2, 1);
    check("pad", net, y, &TURNED);
}

#[test]
fn of_two_sums_that_are_added_one_is_stored_first() {
    let (mut net, x) = Net::new();
    let a = net.conv(x, 5, 3, 1, 1);
    let b = net.conv(x, 5, 1, 1, 1);
    let gate = net.op(sigmoid(), &[b]);
    let y = net.op(math::add(), &[gate, a]);
    let ops = ["PictureConv", "PictureConv", "PictureTurn", "PictureTurn"];
    check("sum", net, y, &ops);
}

#[test]
fn other_layouts_and_intermediate_outputs_stay() {
    let (mut net, x) = Net::new();
    let a = net.conv(x, 5, 3, 1, 1);
    let _unused = net.op(sigmoid(), &[a]);
    let flat = net.op(
        AxisOp::Reshape(2, tvec!(9.into(), 8.into()), tvec!(72.into())),
        &[a],
    );
    check(
        "reshape",
        net,
        flat,
        &["IntoShape", "PictureConv", "PictureTurn", "PictureTurn"],
    );
}

/// YOLOX's first layer: four pictures of each second row and column, one after the other in their channels.
#[test]
fn each_second_row_and_column_is_read_by_a_window_twice_as_large() {
    for starts in [
        [[0, 0], [1, 0], [0, 1], [1, 1]].as_slice(),
        &[[1, 1], [0, 0]],
        &[[0, 1]],
    ] {
        let (mut net, x) = Net::new();
        let whole = Slice {
            axis: 2,
            start: 1.into(),
            end: 9.into(),
        };
        let x = net.op(whole, &[x]);
        let mut parts = tvec!();
        for start in starts {
            let mut part = x;
            for (axis, &start) in start.iter().enumerate() {
                let rest = Slice {
                    axis: axis + 2,
                    start: start.into(),
                    end: 8.into(),
                };
                let rest = net.op(rest, &[part]);
                part = net.op(Downsample::new(axis + 2, 2, 0), &[rest]);
            }
            parts.push(part);
        }
        let y = net.op(TypedConcat { axis: 1 }, &parts);
        let y = net.conv(y, 10, 3, 1, 1);
        let ops = ["PictureConv", "PictureTurn", "PictureTurn", "Slice"];
        check(&format!("{starts:?}"), net, y, &ops);
    }
}

#[test]
fn pixels_become_rows_where_they_lie() {
    let (mut net, x) = Net::new();
    let mut parts = tvec!();
    for stride in [1, 2] {
        let picture = net.conv(x, 5, 3, stride, 1);
        let sides: TVec<TDim> = net.0.outlet_fact(picture).unwrap().shape[2..].into();
        let pixels = sides[0].clone() * &sides[1];
        parts.push(net.op(AxisOp::Reshape(2, sides, tvec!(pixels)), &[picture]));
    }
    let rows = net.op(TypedConcat { axis: 2 }, &parts);
    let y = net.op(AxisOp::Move(1, 2), &[rows]);
    let ops = [
        "Concat",
        "IntoShape",
        "IntoShape",
        "PictureConv",
        "PictureConv",
        "PictureTurn",
    ];
    check("rows", net, y, &ops);
}
