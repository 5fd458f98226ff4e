//! Bytes that pass from convolution to convolution: rounding, what bytes stand for, and functions of bytes as tables.
//!
//! ```text
//! before:  u8 ─> DequantizeLinear ─┬─> Sigmoid ─> Mul ─> QuantizeLinear ─> u8
//!                                  └──────────────┘
//! after:   u8 ─> PictureTranslate (256 bytes) ─> u8
//! ```
//!
//! A table is filled by the graph's own operators, so it holds what they would have computed.

use super::chain::{binary, code, rounded, unary};
use super::coded::{Bytes, PictureBytes};
use super::constants::shape;
use super::resize;
use super::values::{Coded, Numbers, Place};
use super::walk::Walk;
use crate::kernels::conv::Code;
use crate::kernels::conv::codes::{self, Table};
use crate::optimize::sum::SumOfBytes;
use std::sync::Arc;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::array::{Slice, TypedConcat};
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::cnn::MaxPool;
use tract_onnx::tract_core::ops::element_wise::ElementWiseOp;
use tract_onnx::tract_core::ops::math::Add;
use tract_onnx::tract_core::ops::nn::Sigmoid;
use tract_onnx::tract_core::ops::quant::DequantizeLinearF32;

impl Walk<'_> {
    /// Where the value of a node on bytes is, if it is one that is known here.
    pub(super) fn on_bytes(&mut self, node: &TypedNode) -> TractResult<Option<Place>> {
        let four = |outlet: &OutletId| {
            self.values
                .source
                .outlet_fact(*outlet)
                .is_ok_and(|fact| fact.rank() == 4)
        };
        if node.outputs.len() != 1
            || node.inputs.is_empty()
            || !four(&node.id.into())
            || !four(&node.inputs[0])
        {
            return Ok(None);
        }
        if let Some(dequantize) = node.op_as::<DequantizeLinearF32>() {
            return self.dequantize(node, dequantize);
        }
        if let Some(code) = code(self.values.source, node) {
            return self.quantize(node, node.inputs[0], code).map(Some);
        }
        if let Some(place) = self.function(node)? {
            return Ok(Some(place));
        }
        if let Some(place) = self.sum(node)? {
            return Ok(Some(place));
        }
        if let Some(concat) = node.op_as::<TypedConcat>() {
            return self.concat(node, concat.axis);
        }
        if let Some(sum) = node.op_as::<SumOfBytes>() {
            return self.sum_of_bytes(node, sum).map(Some);
        }
        self.moving(node)
    }

    fn dequantize(&mut self, node: &TypedNode, op: &DequantizeLinearF32) -> TractResult<Option<Place>> {
        let input = node.inputs[0];
        let bytes = self.values.source.outlet_fact(input)?.datum_type == u8::datum_type();
        let (true, Ok(zero)) = (bytes, u8::try_from(op.zero_point)) else {
            return Ok(None);
        };
        if self.values.get(input)?.coded.is_none() {
            let base = self.values.last(input)?;
            return Ok(Some(linear(base, op.scale, zero)));
        }
        let coded = self.values.get(input)?.coded.context("bytes were there")?;
        let number = |byte: u8| (i32::from(byte) - i32::from(zero)) as f32 * op.scale;
        let table =
            std::array::from_fn(|byte| number(coded.table.as_ref().map_or(byte as u8, |table| table[byte])));
        Ok(Some(Place::numbers(Numbers {
            base: coded.base,
            table: Arc::new(table),
            linear: Some((coded, op.scale, zero)),
        })))
    }

    /// The value of `input`, rounded to bytes.
    pub(super) fn quantize(&mut self, node: &TypedNode, input: OutletId, code: Code) -> TractResult<Place> {
        let place = self.values.get(input)?;
        if let Some(numbers) = place.numbers {
            if let Some((coded, scale, zero)) = &numbers.linear
                && *zero == code.zero
                && *scale == code.scale
            {
                return Ok(Place::coded(coded.base, coded.table.clone()));
            }
            let table = numbers.table.map(|x| code.round(x));
            return Ok(Place::coded(numbers.base, Some(Arc::new(table))));
        }
        let op = PictureBytes(Bytes::Encode(code), self.isa.0);
        let name = format!("{}.{}", node.name, input.node);
        if let (None, Some(first)) = (place.last, place.first) {
            return Ok(Place::first(self.values.target.wire_node(name, op, &[first])?[0]));
        }
        let last = self.values.last(input)?;
        let wire = self.values.target.wire_node(name, op, &[last])?[0];
        Ok(Place::coded(wire, None))
    }

    /// A function of one number, of numbers that are known by their bytes.
    fn function(&mut self, node: &TypedNode) -> TractResult<Option<Place>> {
        let source = self.values.source;
        let f32s = node.inputs.iter().chain([&node.id.into()]).all(|outlet| {
            source
                .outlet_fact(*outlet)
                .is_ok_and(|fact| fact.datum_type == f32::datum_type())
        });
        let kind = node.op_is::<ElementWiseOp>() || node.op_is::<TypedBinOp>();
        if !f32s || !kind {
            return Ok(None);
        }
        let (mut base, mut given, mut inputs) = (None, None, tvec!());
        for input in &node.inputs {
            if let Some(one) = super::constants::number(source, *input) {
                inputs.push(tensor1(&[one]).into_tvalue());
                continue;
            }
            let place = self.values.get(*input)?;
            let (None, None, Some(numbers)) = (place.first, place.last, place.numbers) else {
                return Ok(None);
            };
            if base.is_some_and(|base| base != numbers.base) {
                return Ok(None);
            }
            base = Some(numbers.base);
            inputs.push(tensor1(&*numbers.table).into_tvalue());
            given = Some(numbers.table);
        }
        let Some(base) = base else { return Ok(None) };
        let gated = unary::<Sigmoid>(node).is_some();
        let table = match given {
            // As it is computed where it is no table.
            Some(mut table) if gated => {
                codes::sigmoid(self.isa.0, Arc::make_mut(&mut table));
                Arc::unwrap_or_clone(table)
            }
            _ => {
                let out = node.op.eval(&EvalContext::out_of_plan(), inputs)?;
                let view = out[0].try_as_plain_ram()?;
                let Ok(table) = Table::try_from(view.as_slice::<f32>()?) else {
                    return Ok(None);
                };
                table
            }
        };
        Ok(Some(Place::numbers(Numbers {
            base,
            table: Arc::new(table),
            linear: None,
        })))
    }

    /// Two pictures known by their bytes, added.
    fn sum(&mut self, node: &TypedNode) -> TractResult<Option<Place>> {
        let source = self.values.source;
        let &[a, b] = &*node.inputs else { return Ok(None) };
        if !binary::<Add>(node) || shape(source, a).is_none() || shape(source, a) != shape(source, b) {
            return Ok(None);
        }
        let (Some(x), Some(y)) = (self.values.get(a)?.numbers, self.values.get(b)?.numbers) else {
            return Ok(None);
        };
        let code = rounded(source, node.id);
        let op = PictureBytes(Bytes::Sum([x.table, y.table], 1.0, code), self.isa.0);
        let wire = self.values.target.wire_node(&node.name, op, &[x.base, y.base])?[0];
        Ok(Some(match code {
            Some(code) => linear(wire, code.scale, code.zero),
            None => Place::last(wire),
        }))
    }

    /// The same as onnxruntime's QLinearAdd rounds it.
    fn sum_of_bytes(&mut self, node: &TypedNode, sum: &SumOfBytes) -> TractResult<Place> {
        let (mut tables, factor) = sum.tables();
        let mut wires = tvec!();
        for (input, table) in node.inputs.iter().zip(&mut tables) {
            wires.push(match self.values.get(*input)?.coded {
                Some(Coded {
                    base,
                    table: Some(bytes),
                }) => {
                    *table = bytes.map(|byte| table[usize::from(byte)]);
                    base
                }
                _ => self.values.last(*input)?,
            });
        }
        let op = Bytes::Sum(tables.map(Arc::new), factor, Some(SumOfBytes::CODE));
        let op = PictureBytes(op, self.isa.0);
        let wire = self.values.target.wire_node(&node.name, op, &wires)?[0];
        Ok(Place::coded(wire, None))
    }

    /// Pictures side by side in their channels, as bytes if the result is rounded or all stand for numbers the same way.
    fn concat(&mut self, node: &TypedNode, axis: usize) -> TractResult<Option<Place>> {
        let source = self.values.source;
        let axis = [0, 3, 1, 2][axis];
        let mut wires = tvec!();
        if source.outlet_fact(node.id.into())?.datum_type == u8::datum_type() {
            let mut any = false;
            for input in &node.inputs {
                any |= self.values.get(*input)?.coded.is_some();
            }
            if !any {
                return Ok(None);
            }
            for input in &node.inputs {
                wires.push(self.values.last(*input)?);
            }
            let wire = self
                .values
                .target
                .wire_node(&node.name, TypedConcat { axis }, &wires)?[0];
            return Ok(Some(Place::coded(wire, None)));
        }
        let mut common = rounded(source, node.id);
        if common.is_none() {
            for input in &node.inputs {
                let Some((_, scale, zero)) = self
                    .values
                    .get(*input)?
                    .numbers
                    .and_then(|numbers| numbers.linear)
                else {
                    return Ok(None);
                };
                let code = Code::new(scale, zero);
                if common.is_some_and(|known| known != code) {
                    return Ok(None);
                }
                common = Some(code);
            }
        }
        let Some(code) = common else {
            return Ok(None);
        };
        for input in &node.inputs {
            let wire = match self.quantize(node, *input, code)? {
                Place {
                    coded: Some(coded), ..
                } => self.values.made(*input, &coded)?,
                place => {
                    let first = place.first.context("bytes without a place")?;
                    let name = format!("{}.{}.turned", node.name, input.node);
                    self.values
                        .target
                        .wire_node(name, super::ops::Turn::ToLast, &[first])?[0]
                }
            };
            wires.push(wire);
        }
        let wire = self
            .values
            .target
            .wire_node(&node.name, TypedConcat { axis }, &wires)?[0];
        Ok(Some(linear(wire, code.scale, code.zero)))
    }

    /// What picks among numbers picks among their bytes.
    fn moving(&mut self, node: &TypedNode) -> TractResult<Option<Place>> {
        let source = self.values.source;
        let input = node.inputs[0];
        let place = self.values.get(input)?;
        let (coded, scale) = match (place.coded, place.numbers) {
            (Some(coded), _) => (coded, None),
            (
                None,
                Some(Numbers {
                    linear: Some((coded, scale, zero)),
                    ..
                }),
            ) if scale > 0.0 => (coded, Some((scale, zero))),
            _ => return Ok(None),
        };
        let Some([_, _, h, w]) = shape(source, input).and_then(|shape| <[usize; 4]>::try_from(shape).ok())
        else {
            return Ok(None);
        };
        let op: Box<dyn TypedOp> = if let Some(pool) = node.op_as::<MaxPool>() {
            let window = super::plan::window(&pool.pool_spec, [h, w]);
            match window.filter(|_| pool.with_index_outputs.is_none()) {
                Some(window) => Box::new(PictureBytes(Bytes::Largest(window), self.isa.0)),
                None => return Ok(None),
            }
        } else if let Some(slice) = node.op_as::<Slice>() {
            Box::new(Slice {
                axis: [0, 3, 1, 2][slice.axis],
                ..slice.clone()
            })
        } else if node.op.name() == "Resize" {
            let picks = resize::mixes(source, node, self.isa.0).and_then(|mixes| {
                let [rows, columns] = mixes.map(|mix| {
                    mix.into_iter()
                        .map(|taps| matches!(*taps, [(_, 1.0)]).then(|| taps[0].0))
                        .collect::<Option<Vec<usize>>>()
                });
                Some([rows?, columns?])
            });
            match picks {
                Some(picks) => Box::new(PictureBytes(Bytes::Pick(Arc::new(picks)), self.isa.0)),
                None => return Ok(None),
            }
        } else {
            return Ok(None);
        };
        let bytes = self.values.made(input, &coded)?;
        let wire = self.values.target.wire_node(&node.name, op, &[bytes])?[0];
        Ok(Some(match scale {
            Some((scale, zero)) => linear(wire, scale, zero),
            None => Place::coded(wire, None),
        }))
    }
}

/// Numbers that the bytes of `base` stand for.
pub(super) fn linear(base: OutletId, scale: f32, zero: u8) -> Place {
    let coded = Coded { base, table: None };
    Place::numbers(Numbers {
        base,
        table: Arc::new(std::array::from_fn(|byte| {
            (byte as i32 - i32::from(zero)) as f32 * scale
        })),
        linear: Some((coded, scale, zero)),
    })
}
