//! Where the values of the old model are in the new one, and in which form.

use super::coded::{Bytes, PictureBytes};
use super::constants::constant;
use super::ops::Turn;
use crate::kernels::conv::Isa;
use crate::kernels::conv::codes::Table;
use std::collections::HashMap;
use std::sync::Arc;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;

/// A picture of bytes: each byte of `base`, or what a table has for it; made when someone wants it.
#[derive(Debug, Clone)]
pub(super) struct Coded {
    /// In the new model, channels last.
    pub(super) base: OutletId,
    pub(super) table: Option<Arc<[u8; 256]>>,
}

/// A picture of f32 that is known by its bytes.
#[derive(Debug, Clone)]
pub(super) struct Numbers {
    /// In the new model, channels last.
    pub(super) base: OutletId,
    /// What each byte of `base` stands for.
    pub(super) table: Arc<Table>,
    /// Bytes that stand for `(byte - zero) * scale`.
    pub(super) linear: Option<(Coded, f32, u8)>,
}

/// Where one value is.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// In ONNX's layout.
    pub(super) first: Option<OutletId>,
    /// With channels last.
    pub(super) last: Option<OutletId>,
    /// Bytes that are not made yet.
    pub(super) coded: Option<Coded>,
    /// f32 that are not made yet.
    pub(super) numbers: Option<Numbers>,
}

impl Place {
    pub(super) fn first(wire: OutletId) -> Self {
        Place {
            first: Some(wire),
            ..Place::default()
        }
    }

    pub(super) fn last(wire: OutletId) -> Self {
        Place {
            last: Some(wire),
            ..Place::default()
        }
    }

    pub(super) fn coded(base: OutletId, table: Option<Arc<[u8; 256]>>) -> Self {
        Place {
            coded: Some(Coded { base, table }),
            ..Place::default()
        }
    }

    pub(super) fn numbers(numbers: Numbers) -> Self {
        Place {
            numbers: Some(numbers),
            ..Place::default()
        }
    }
}

/// The new model, and where the values are.
pub(super) struct Values<'a> {
    pub(super) source: &'a TypedModel,
    pub(super) target: TypedModel,
    places: HashMap<OutletId, Place>,
    isa: Isa,
}

impl<'a> Values<'a> {
    pub(super) fn new(source: &'a TypedModel, isa: Isa) -> Self {
        Values {
            source,
            target: TypedModel {
                symbols: source.symbols.clone(),
                ..TypedModel::default()
            },
            places: HashMap::new(),
            isa,
        }
    }

    pub(super) fn put(&mut self, outlet: OutletId, place: Place) {
        self.places.insert(outlet, place);
    }

    pub(super) fn get(&self, outlet: OutletId) -> TractResult<Place> {
        let place = self.places.get(&outlet).cloned();
        place.with_context(|| format!("{outlet:?} is used before it is made"))
    }

    pub(super) fn has(&self, outlet: OutletId) -> bool {
        self.places.contains_key(&outlet)
    }

    fn name(&self, outlet: OutletId, what: &str) -> String {
        format!("{}.{}.{what}", self.source.node(outlet.node).name, outlet.slot)
    }

    /// The value in ONNX's layout.
    pub(super) fn first(&mut self, outlet: OutletId) -> TractResult<OutletId> {
        if let Some(wire) = self.get(outlet)?.first {
            return Ok(wire);
        }
        let last = self.last(outlet)?;
        let name = self.name(outlet, "first");
        let wire = self.target.wire_node(name, Turn::ToFirst, &[last])?[0];
        self.places.entry(outlet).or_default().first = Some(wire);
        Ok(wire)
    }

    /// The value with channels last; it must have four axes.
    pub(super) fn last(&mut self, outlet: OutletId) -> TractResult<OutletId> {
        let place = self.get(outlet)?;
        if let Some(wire) = place.last {
            return Ok(wire);
        }
        let wire = if let Some(coded) = place.coded {
            self.made(outlet, &coded)?
        } else if let Some(numbers) = place.numbers {
            let op = PictureBytes(Bytes::Decode(numbers.table), self.isa);
            let name = self.name(outlet, "numbers");
            self.target.wire_node(name, op, &[numbers.base])?[0]
        } else {
            let first = place.first.context("a value without a place")?;
            let name = self.name(outlet, "last");
            match constant(self.source, outlet) {
                Some(value) => {
                    let value = Tensor::clone(&value).permute_axes(&[0, 2, 3, 1])?;
                    self.target.add_const(name, value)?
                }
                None => self.target.wire_node(name, Turn::ToLast, &[first])?[0],
            }
        };
        self.places.entry(outlet).or_default().last = Some(wire);
        Ok(wire)
    }

    /// Bytes that are not made yet, made; `outlet` is who wants them.
    pub(super) fn made(&mut self, outlet: OutletId, coded: &Coded) -> TractResult<OutletId> {
        let Some(table) = &coded.table else {
            return Ok(coded.base);
        };
        // Others may have wanted the same.
        for inlet in self.target.node(coded.base.node).outputs[coded.base.slot]
            .successors
            .iter()
        {
            let op = self.target.node(inlet.node).op_as::<PictureBytes>();
            if let Some(PictureBytes(Bytes::Translate(known), _)) = op
                && known == table
            {
                return Ok(inlet.node.into());
            }
        }
        let name = format!("{}.{}", self.name(outlet, "bytes"), self.target.nodes.len());
        let op = PictureBytes(Bytes::Translate(Arc::clone(table)), self.isa);
        Ok(self.target.wire_node(name, op, &[coded.base])?[0])
    }

    /// Whether the value is there with channels last, or can be made so, and in no other layout.
    pub(super) fn only_last(&self, outlet: OutletId) -> bool {
        self.places
            .get(&outlet)
            .is_some_and(|place| place.first.is_none())
    }
}
