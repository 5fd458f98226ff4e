//! Arrays in NumPy's `.npz` files: a zip archive of `NAME.npy`, each a short header and the numbers.
//!
//! In: a file as `numpy.savez` or `savez_compressed` writes it. Out: [`Array`]s under their names in the file's order,
//! and back. The format is that of <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.
//! It never reads objects, which would need Python, and never more than [`LARGEST`] bytes an array.

use super::Array;
use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveWriter};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use tract_onnx::prelude::tract_ndarray::{ArrayD, IxDyn, ShapeBuilder};
use tract_onnx::prelude::{Datum, DatumType, Tensor};
use tract_onnx::tract_hir::internal::f16;

// The numbers are written as they lie in memory.
const _: () = assert!(cfg!(target_endian = "little"), "NumPy files are little-endian");

/// Most bytes of one array that are read.
pub const LARGEST: u64 = 2 << 30;

const MAGIC: &[u8] = b"\x93NUMPY";

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum NpzError {
    /// The file system says no.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is no zip archive, or a damaged one.
    #[error("{}: an .npz file is expected, as numpy.savez writes it, but {why}", path.display())]
    NotNpz {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// One array cannot be used.
    #[error("{}: array {name}: {why}", path.display())]
    Entry {
        /// Which file.
        path: PathBuf,
        /// Which array.
        name: String,
        /// What was expected and what came.
        why: String,
    },
}

/// Reads all arrays of a file.
///
/// # Errors
/// When it is no `.npz`, is damaged, or holds arrays of a kind that models do not take.
pub fn read(path: &Path) -> Result<Vec<(String, Array)>, NpzError> {
    let bytes = std::fs::read(path).map_err(|source| NpzError::File {
        path: path.to_owned(),
        source,
    })?;
    let not_npz = |error: rawzip::Error| NpzError::NotNpz {
        path: path.to_owned(),
        why: error.to_string(),
    };
    let archive = ZipArchive::from_slice(&bytes).map_err(not_npz)?;
    let mut arrays = Vec::new();
    let mut entries = archive.entries();
    while let Some(entry) = entries.next_entry().map_err(not_npz)? {
        let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
        let name = name.strip_suffix(".npy").unwrap_or(&name).to_owned();
        let wrong = |why: String| NpzError::Entry {
            path: path.to_owned(),
            name: name.clone(),
            why,
        };
        let content = archive.get_entry(entry.wayfinder()).map_err(not_npz)?;
        let mut unpacked = Vec::new();
        let read = match entry.compression_method() {
            CompressionMethod::STORE => content
                .verifying_reader(content.data())
                .take(LARGEST)
                .read_to_end(&mut unpacked),
            CompressionMethod::DEFLATE => content
                .verifying_reader(DeflateDecoder::new(content.data()))
                .take(LARGEST)
                .read_to_end(&mut unpacked),
            other => {
                let why = format!("stored or deflated bytes are expected, but method {other:?} came");
                return Err(wrong(why));
            }
        };
        read.map_err(|error| wrong(error.to_string()))?;
        arrays.push((name.clone(), array(&unpacked).map_err(wrong)?));
    }
    Ok(arrays)
}

/// Writes arrays under their names, uncompressed, in place of what `path` held before.
///
/// # Errors
/// When the file cannot be written, or an array is of a kind that NumPy does not have.
pub fn write<'a>(
    path: &Path,
    arrays: impl IntoIterator<Item = (&'a str, &'a Array)>,
) -> Result<(), NpzError> {
    let failed = |source: std::io::Error| NpzError::File {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut bytes);
    for (name, array) in arrays {
        entry(&mut archive, name, array).map_err(|why| NpzError::Entry {
            path: path.to_owned(),
            name: name.to_owned(),
            why,
        })?;
    }
    archive
        .finish()
        .map_err(|error| failed(std::io::Error::other(error)))?;
    std::fs::write(path, bytes).map_err(failed)
}

fn entry(archive: &mut ZipArchiveWriter<&mut Vec<u8>>, name: &str, array: &Array) -> Result<(), String> {
    let tensor = array.plain().ok_or("its kind cannot be written")?;
    let descr =
        descr(tensor.datum_type()).ok_or_else(|| format!("NumPy has no kind for {}", array.kind()))?;
    let shape: String = array.shape().iter().map(|length| format!("{length}, ")).collect();
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    // Magic, version and length take ten bytes; the numbers begin at a multiple of 64.
    let filled = (10 + header.len() + 1).next_multiple_of(64) - 11;
    header.push_str(&" ".repeat(filled - header.len()));
    header.push('\n');
    let numbers = tensor.as_plain_ram().ok_or("its numbers are not in memory")?;
    let mut put = || -> Result<(), rawzip::Error> {
        let name = format!("{name}.npy");
        let new = archive
            .new_file(&name)
            .compression_method(CompressionMethod::STORE);
        let (mut entry, config) = new.start()?;
        let mut writer = config.wrap(&mut entry);
        for part in [
            MAGIC,
            &[1, 0],
            &(header.len() as u16).to_le_bytes(),
            header.as_bytes(),
        ] {
            writer.write_all(part)?;
        }
        writer.write_all(numbers.as_bytes())?;
        let (_, descriptor) = writer.finish()?;
        entry.finish(descriptor)?;
        Ok(())
    };
    put().map_err(|error| error.to_string())
}

fn descr(kind: DatumType) -> Option<&'static str> {
    Some(match kind {
        DatumType::Bool => "|b1",
        DatumType::I8 => "|i1",
        DatumType::U8 => "|u1",
        DatumType::I16 => "<i2",
        DatumType::U16 => "<u2",
        DatumType::I32 => "<i4",
        DatumType::U32 => "<u4",
        DatumType::I64 => "<i8",
        DatumType::U64 => "<u8",
        DatumType::F16 => "<f2",
        DatumType::F32 => "<f4",
        DatumType::F64 => "<f8",
        _ => return None,
    })
}

/// One `.npy`.
fn array(bytes: &[u8]) -> Result<Array, String> {
    let cut_off = || "it is cut off".to_owned();
    let rest = bytes
        .strip_prefix(MAGIC)
        .ok_or("it is no .npy (the first bytes differ)")?;
    let (&[version, _], rest) = rest.split_first_chunk().ok_or_else(cut_off)?;
    let (length, rest) = if version == 1 {
        let (length, rest) = rest.split_first_chunk().ok_or_else(cut_off)?;
        (u32::from(u16::from_le_bytes(*length)), rest)
    } else {
        let (length, rest) = rest.split_first_chunk().ok_or_else(cut_off)?;
        (u32::from_le_bytes(*length), rest)
    };
    let (header, numbers) = rest.split_at_checked(length as usize).ok_or_else(cut_off)?;
    let header = std::str::from_utf8(header).map_err(|error| error.to_string())?;
    let header = Header::parse(header).ok_or_else(|| format!("its header is not understood: {header}"))?;
    header.fill(numbers)
}

/// What stands before the numbers: a Python dictionary of three entries.
struct Header {
    descr: String,
    fortran: bool,
    shape: Vec<usize>,
}

impl Header {
    fn parse(text: &str) -> Option<Self> {
        let after = |key: &str| {
            let at = text.find(&format!("'{key}'"))? + key.len() + 2;
            Some(text[at..].trim_start().strip_prefix(':')?.trim_start())
        };
        let descr = after("descr")?.strip_prefix('\'')?.split('\'').next()?;
        let shape = after("shape")?.strip_prefix('(')?.split(')').next()?;
        let lengths = shape
            .split(',')
            .map(str::trim)
            .filter(|length| !length.is_empty());
        Some(Header {
            descr: descr.to_owned(),
            fortran: after("fortran_order")?.starts_with("True"),
            shape: lengths.map(|length| length.parse().ok()).collect::<Option<_>>()?,
        })
    }

    fn fill(&self, bytes: &[u8]) -> Result<Array, String> {
        match self.descr.as_str() {
            "|b1" => self.numbers(bytes, |[byte]| byte != 0),
            "|i1" => self.numbers(bytes, i8::from_le_bytes),
            "|u1" => self.numbers(bytes, u8::from_le_bytes),
            "<i2" => self.numbers(bytes, i16::from_le_bytes),
            "<u2" => self.numbers(bytes, u16::from_le_bytes),
            "<i4" => self.numbers(bytes, i32::from_le_bytes),
            "<u4" => self.numbers(bytes, u32::from_le_bytes),
            "<i8" => self.numbers(bytes, i64::from_le_bytes),
            "<u8" => self.numbers(bytes, u64::from_le_bytes),
            "<f2" => self.numbers(bytes, f16::from_le_bytes),
            "<f4" => self.numbers(bytes, f32::from_le_bytes),
            "<f8" => self.numbers(bytes, f64::from_le_bytes),
            other => Err(format!(
                "numbers of a kind that models take are expected (float16 to float64, signed or unsigned integers, \
                 bool; little-endian), but '{other}' came"
            )),
        }
    }

    fn numbers<T: Datum, const SIZE: usize>(
        &self,
        bytes: &[u8],
        number: impl Fn([u8; SIZE]) -> T,
    ) -> Result<Array, String> {
        let (chunks, rest) = bytes.as_chunks::<SIZE>();
        let expected = self
            .shape
            .iter()
            .try_fold(1usize, |all, &length| all.checked_mul(length));
        if expected != Some(chunks.len()) || !rest.is_empty() {
            let expected = expected.map_or("too many".to_owned(), |count| (count * SIZE).to_string());
            return Err(format!(
                "shape {:?} takes {expected} bytes, but {} came",
                self.shape,
                bytes.len()
            ));
        }
        let values: Vec<T> = chunks.iter().map(|chunk| number(*chunk)).collect();
        let shape = IxDyn(&self.shape).set_f(self.fortran);
        let array = ArrayD::from_shape_vec(shape, values).map_err(|error| error.to_string())?;
        let rows_first = array.as_standard_layout().into_owned();
        Ok(Array(Tensor::from(rows_first).into()))
    }
}

#[cfg(test)]
mod tests;
