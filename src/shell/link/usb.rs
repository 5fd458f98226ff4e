//! Which serial port a USB device is behind, by the serial number that it carries: the kernel tells it in /sys.
//!
//! Input: the folder of the kernel's terminals. Output: names of ports and serial numbers. It opens no device.

use std::path::{Path, PathBuf};

/// Where the kernel lists terminals.
pub(super) const PORTS: &str = "/sys/class/tty";

/// From a terminal's device it is at most so many folders up to its USB device: port, interface, device.
const HEIGHT: usize = 3;

/// The serial number of the USB device behind a port.
pub(super) fn serial_of(ports: &Path, port: &Path) -> Option<String> {
    // A name such as /dev/serial/by-id/… is a link to the port's own.
    let port = std::fs::canonicalize(port).ok()?;
    device_serial(ports, Path::new(port.file_name()?))
}

/// The port of the USB device with this serial number, where it is plugged in now.
pub(super) fn port_of(ports: &Path, serial: &str) -> Option<PathBuf> {
    let mut names: Vec<_> = std::fs::read_dir(ports)
        .ok()?
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    // A device with several ports keeps their order.
    names.sort();
    let dev = Path::new("/dev");
    names
        .into_iter()
        .find(|name| device_serial(ports, Path::new(name)).as_deref() == Some(serial))
        .map(|name| dev.join(name))
}

fn device_serial(ports: &Path, name: &Path) -> Option<String> {
    let device = std::fs::canonicalize(ports.join(name).join("device")).ok()?;
    device.ancestors().take(HEIGHT).find_map(|folder| {
        let serial = std::fs::read_to_string(folder.join("serial")).ok()?;
        Some(serial.trim().to_owned()).filter(|serial| !serial.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// A kernel's folders with one USB device on each of these terminals.
    fn kernel(folder: &Path, devices: &[(&str, &str)]) {
        for (number, (terminal, serial)) in devices.iter().enumerate() {
            let device = folder.join(format!("devices/usb1/1-{number}"));
            let interface = device.join(format!("1-{number}:1.0"));
            std::fs::create_dir_all(&interface).expect("folders");
            std::fs::write(device.join("serial"), format!("{serial}\n")).expect("written");
            let listed = folder.join("class").join(terminal);
            std::fs::create_dir_all(&listed).expect("folders");
            symlink(&interface, listed.join("device")).expect("a link");
        }
    }

    #[test]
    fn a_board_is_found_again_in_whatever_socket_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        kernel(
            folder.path(),
            &[("ttyACM0", "A1"), ("ttyACM1", "B2"), ("ttyUSB0", "")],
        );
        let ports = folder.path().join("class");
        for (serial, port) in [
            ("A1", Some("/dev/ttyACM0")),
            ("B2", Some("/dev/ttyACM1")),
            ("C3", None),
            ("", None),
        ] {
            assert_eq!(port_of(&ports, serial), port.map(PathBuf::from), "{serial}");
        }
        let moved = tempfile::tempdir().expect("a folder");
        kernel(moved.path(), &[("ttyACM0", "B2"), ("ttyACM3", "A1")]);
        assert_eq!(
            port_of(&moved.path().join("class"), "A1"),
            Some("/dev/ttyACM3".into())
        );

        let dev = folder.path().join("dev");
        std::fs::create_dir_all(&dev).expect("folders");
        std::fs::write(dev.join("ttyACM1"), "").expect("written");
        symlink(dev.join("ttyACM1"), dev.join("by-id")).expect("a link");
        assert_eq!(serial_of(&ports, &dev.join("by-id")).as_deref(), Some("B2"));
        assert_eq!(serial_of(&ports, &dev.join("nothing")), None);
    }
}
