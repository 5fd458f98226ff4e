//! The line as bytes: a serial port, and whatever else can be read and written.
//!
//! Input: a path. Output: two ends, [`Line`]. Every way in which opening fails says what to do.

use super::usb;
use firmware_bridge::seal::Key;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a read waits for a byte, and a write for room.
const PATIENCE: Duration = Duration::from_millis(50);

/// Something that can be opened, again and again.
pub trait Port: Send {
    /// Name for people.
    fn name(&self) -> String;

    /// Opens it.
    ///
    /// # Errors
    /// [`PortError`] says what is wrong and what to do.
    fn open(&mut self) -> Result<Line, PortError>;

    /// The secret shared with the board behind it.
    fn key(&self) -> Option<Key> {
        None
    }
}

/// An open line. The reader may wait for 100 ms and then gives [`std::io::ErrorKind::TimedOut`]; 0 bytes mean that
/// the line hung up.
pub struct Line {
    /// Where bytes of the board come from.
    pub reader: Box<dyn Read + Send>,
    /// Where bytes for the board go.
    pub writer: Box<dyn Write + Send>,
}

/// Why a port could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// There is nothing of this name.
    #[error(
        "there is no serial port {path}: is the board plugged in and powered? {}",
        match others.as_slice() { [] => "No serial port is there at all.".to_owned(), some => format!("Ports that are there: {}.", some.join(", ")) }
    )]
    Missing {
        /// The name.
        path: String,
        /// Ports that are there.
        others: Vec<String>,
    },
    /// Another program has it.
    #[error(
        "{path} is used by another program (another coact, a serial monitor, ModemManager): close it; `fuser -v {path}` names it"
    )]
    Busy {
        /// The name.
        path: String,
    },
    /// It may not be opened.
    #[error(
        "no permission to open {path}: add yourself to the group that owns it (`sudo usermod -aG dialout $USER`) and log in again"
    )]
    Denied {
        /// The name.
        path: String,
    },
    /// It is no serial port.
    #[error("{path} is no serial port ({why}): name a device such as /dev/ttyACM0 or /dev/serial/by-id/...")]
    NotAPort {
        /// The name.
        path: String,
        /// What the system said.
        why: String,
    },
    /// Something else.
    #[error("{path} cannot be opened: {why}")]
    Other {
        /// The name.
        path: String,
        /// What the system said.
        why: String,
    },
}

/// A serial port or pseudo-terminal.
#[derive(Debug, Clone)]
pub struct SerialPort {
    /// Device, or a link to it such as /dev/serial/by-id/..., which stays the same when it is plugged in elsewhere.
    pub path: PathBuf,
    /// Speed in baud.
    pub baud: u32,
    /// The secret shared with the board.
    key: Option<Key>,
    /// Serial number of the USB device that was there when it was opened first.
    usb: Option<String>,
}

impl SerialPort {
    /// A port with the usual speed.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            baud: 115_200,
            key: None,
            usb: None,
        }
    }

    /// The same at another speed.
    #[must_use]
    pub fn at(self, baud: u32) -> Self {
        Self { baud, ..self }
    }

    /// The same, to a board that shares this key.
    #[must_use]
    pub fn sealed(self, key: Option<Key>) -> Self {
        Self { key, ..self }
    }

    /// Where it is now: a board that is plugged in anew may get another name, but keeps its serial number.
    fn device(&self) -> PathBuf {
        let known = self.usb.as_deref();
        match known.and_then(|serial| usb::port_of(Path::new(usb::PORTS), serial)) {
            Some(moved) => moved,
            None => self.path.clone(),
        }
    }

    /// Opens it and closes it again, to tell a user at the start what is wrong.
    ///
    /// # Errors
    /// As [`Port::open`].
    pub fn check(&self) -> Result<(), PortError> {
        self.clone().open().map(drop)
    }

    fn error(&self, error: &serialport::Error) -> PortError {
        use serialport::ErrorKind;
        let path = self.name();
        let why = error.description.clone();
        match error.kind {
            ErrorKind::Io(std::io::ErrorKind::NotFound) => PortError::Missing {
                others: others(&self.path),
                path,
            },
            ErrorKind::Io(std::io::ErrorKind::PermissionDenied) => PortError::Denied { path },
            ErrorKind::NoDevice => PortError::Busy { path },
            _ if self.path.exists() && !is_device(&self.path) => PortError::NotAPort { path, why },
            _ => PortError::Other { path, why },
        }
    }
}

impl Port for SerialPort {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn key(&self) -> Option<Key> {
        self.key
    }

    fn open(&mut self) -> Result<Line, PortError> {
        let device = self.device();
        let name = device.display().to_string();
        let writer = serialport::new(name.as_str(), self.baud)
            .timeout(PATIENCE)
            // A host that was killed leaves a pseudo-terminal marked as taken for as long as its other end lives: only
            // root could ever open it again.
            .exclusive(!name.starts_with("/dev/pts/"))
            .open_native()
            .map_err(|error| self.error(&error))?;
        let reader = writer.try_clone_native().map_err(|error| self.error(&error))?;
        if self.usb.is_none() {
            self.usb = usb::serial_of(Path::new(usb::PORTS), &device);
        }
        if device != self.path {
            log::info!("the board that was on {} is now on {name}", self.path.display());
        }
        Ok(Line {
            reader: Box::new(reader),
            writer: Box::new(writer),
        })
    }
}

fn is_device(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    path.metadata()
        .is_ok_and(|meta| meta.file_type().is_char_device())
}

fn others(missing: &Path) -> Vec<String> {
    let ports = serialport::available_ports().unwrap_or_default();
    ports
        .into_iter()
        .map(|port| port.port_name)
        .filter(|name| Path::new(name) != missing)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serialport::TTYPort;

    fn check(path: &Path, expected: &str) {
        let error = SerialPort::new(path)
            .check()
            .expect_err("cannot be opened")
            .to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn what_cannot_be_opened_says_what_to_do() {
        let folder = tempfile::tempdir().expect("a folder");
        check(&folder.path().join("ttyACM7"), "is the board plugged in");
        let file = folder.path().join("file");
        std::fs::write(&file, "no port").expect("written");
        check(&file, "is no serial port");
        check(folder.path(), "is no serial port");
    }

    #[test]
    fn a_port_is_opened_by_one_program_at_a_time() {
        let (_master, slave) = TTYPort::pair().expect("a pseudo-terminal");
        let path = PathBuf::from(serialport::SerialPort::name(&slave).expect("a name"));
        drop(slave);
        // By a name of its own, as udev gives one: a bare pseudo-terminal is not claimed.
        let folder = tempfile::tempdir().expect("a folder");
        let link = folder.path().join("ttyROBOT");
        std::os::unix::fs::symlink(&path, &link).expect("a link");
        let path = link;
        let mut port = SerialPort::new(&path);
        let line = port.open().expect("free");
        check(&path, "is used by another program");
        drop(line);
        port.check().expect("free again");
    }
}
