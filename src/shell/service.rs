//! The service manager: told when the daemon is ready, that it is well, and that it ends (sd_notify(3)).
//!
//! Input: the environment that systemd gives to a unit with `Type=notify`, and whether the brain is well. Output: datagrams.
//! The watchdog of the unit is fed only while the brain's pulse is fresh, so that a hung brain gets the daemon restarted.

use std::ffi::OsString;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// A watchdog is fed this many times within its time.
const MEALS: u32 = 4;

/// The line to a service manager.
#[derive(Debug)]
pub struct Manager {
    socket: UnixDatagram,
    /// Within which the unit's watchdog must be fed.
    patience: Option<Duration>,
}

impl Manager {
    /// The manager that the environment names: `NOTIFY_SOCKET` and `WATCHDOG_USEC`. `None` where there is none.
    #[must_use]
    pub fn of_environment() -> Option<Manager> {
        let address = std::env::var_os("NOTIFY_SOCKET")?;
        let micros = std::env::var("WATCHDOG_USEC")
            .ok()
            .and_then(|text| text.parse().ok());
        match Manager::connect(&address, micros.map(Duration::from_micros)) {
            Ok(manager) => Some(manager),
            Err(error) => {
                log::warn!(
                    "the service manager at {} cannot be told anything: {error}",
                    address.display()
                );
                None
            }
        }
    }

    fn connect(address: &OsString, patience: Option<Duration>) -> io::Result<Manager> {
        let socket = UnixDatagram::unbound()?;
        // A name that begins with @ is in the abstract namespace.
        match address.as_bytes() {
            [b'@', name @ ..] => socket.connect_addr(&SocketAddr::from_abstract_name(name)?)?,
            _ => socket.connect(address)?,
        }
        Ok(Manager { socket, patience })
    }

    fn tell(&self, state: &str) {
        if let Err(error) = self.socket.send(state.as_bytes()) {
            log::warn!("the service manager does not take \"{state}\": {error}");
        }
    }

    /// Says that the daemon is ready, and from then on that it is well as long as `is_well` says so.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn serve(self, is_well: impl Fn() -> bool + Send + 'static) -> io::Result<Served> {
        let (end, ended) = channel::<()>();
        let thread = std::thread::Builder::new()
            .name("service".into())
            .spawn(move || {
                self.tell("READY=1");
                let meal = self
                    .patience
                    .map_or(Duration::from_secs(3600), |patience| patience / MEALS);
                while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(meal) {
                    if self.patience.is_some() && is_well() {
                        self.tell("WATCHDOG=1");
                    }
                }
                self.tell("STOPPING=1");
            })?;
        Ok(Served {
            end: Some(end),
            thread: Some(thread),
        })
    }
}

/// A manager that is being told. Dropping it says that the daemon ends.
#[derive(Debug)]
pub struct Served {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn the_watchdog_is_fed_only_while_all_is_well() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).expect("a socket");
        manager
            .set_read_timeout(Some(Duration::from_secs(20)))
            .expect("a timeout");
        let hear = || {
            let mut bytes = [0; 64];
            let count = manager.recv(&mut bytes).expect("a datagram");
            String::from_utf8_lossy(&bytes[..count]).into_owned()
        };
        let well = Arc::new(AtomicBool::new(true));
        let asked = Arc::clone(&well);
        let served = Manager::connect(&path.into(), Some(Duration::from_millis(8)))
            .expect("connected")
            .serve(move || asked.load(Ordering::SeqCst))
            .expect("a thread");
        assert_eq!(hear(), "READY=1");
        assert_eq!(hear(), "WATCHDOG=1");
        assert_eq!(hear(), "WATCHDOG=1");
        well.store(false, Ordering::SeqCst);
        drop(served);
        // What was on its way when it fell ill may still come; then only the end.
        let mut last = hear();
        while last == "WATCHDOG=1" {
            last = hear();
        }
        assert_eq!(last, "STOPPING=1");
    }

    #[test]
    fn a_manager_in_the_abstract_namespace_is_found() {
        let name = format!("coact-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        let manager = UnixDatagram::bind_addr(&address).expect("a socket");
        let served = Manager::connect(&format!("@{name}").into(), None)
            .expect("connected")
            .serve(|| true)
            .expect("a thread");
        drop(served);
        let mut bytes = [0; 64];
        let count = manager.recv(&mut bytes).expect("a datagram");
        assert_eq!(&bytes[..count], b"READY=1");
        assert!(Manager::connect(&"/nowhere/notify".into(), None).is_err());
    }
}
