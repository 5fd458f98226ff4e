//! Memory of this process, and the table of operators.

use anstyle::Style;
use engine::profile::OpTime;
use serde::Serialize;
use std::io::Write;

/// Memory of this process in bytes, as the kernel counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// In memory now.
    pub rss_bytes: Option<u64>,
    /// The most there was since the process began.
    pub peak_rss_bytes: Option<u64>,
}

impl Memory {
    /// Reads `/proc/self/status`; nothing where there is none.
    pub fn now() -> Self {
        Self::parse(&std::fs::read_to_string("/proc/self/status").unwrap_or_default())
    }

    fn parse(status: &str) -> Self {
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
            Some(kilobytes << 10)
        };
        Memory {
            rss_bytes: field("VmRSS:"),
            peak_rss_bytes: field("VmHWM:"),
        }
    }
}

/// One line of the operator table.
#[derive(Debug, Serialize)]
pub struct Op {
    name: String,
    count: usize,
    ms: f64,
    /// 0 to 1.
    share: f64,
}

impl From<&OpTime> for Op {
    fn from(op: &OpTime) -> Self {
        Op {
            name: op.name.clone(),
            count: op.count,
            ms: super::ms(op.time),
            share: (op.share * 1e4).round() / 1e4,
        }
    }
}

/// Writes the table for people.
pub fn write(out: &mut impl Write, ops: &[Op]) -> std::io::Result<()> {
    let bold = Style::new().bold();
    let widest = ops
        .iter()
        .map(|op| op.name.chars().count())
        .max()
        .unwrap_or(0)
        .max(8);
    writeln!(
        out,
        "{bold}{:<widest$} {:>6} {:>10} {:>7}{bold:#}",
        "OPERATOR", "COUNT", "MS", "SHARE"
    )?;
    for op in ops {
        writeln!(
            out,
            "{:<widest$} {:>6} {:>10.3} {:>6.1}%",
            op.name,
            op.count,
            op.ms,
            op.share * 100.0
        )?;
    }
    Ok(())
}

/// Writes a line for each kind of quantized operator that fell back.
pub fn write_fallbacks(out: &mut impl Write, fallbacks: &[Op]) -> std::io::Result<()> {
    for op in fallbacks {
        writeln!(
            out,
            "  fell back to tract's general arithmetic: {} {}, {:.3} ms, {:.1} % of the run",
            op.count,
            op.name,
            op.ms,
            op.share * 100.0
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_what_the_kernel_tells() {
        let told = "Name:\tcoact\nVmPeak:\t  999999 kB\nVmHWM:\t   52112 kB\nVmRSS:\t   40000 kB\n";
        let expect = Memory {
            rss_bytes: Some(40_000 << 10),
            peak_rss_bytes: Some(52_112 << 10),
        };
        assert_eq!(Memory::parse(told), expect);
        let none = Memory {
            rss_bytes: None,
            peak_rss_bytes: None,
        };
        assert_eq!(Memory::parse(""), none);
    }
}
