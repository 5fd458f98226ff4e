//! Writes the journal on a thread of its own, within bounds of size, and counts what it could not keep.

use super::{FORMAT, Header, Line, Record, Step};
use crate::shell::queues::{Gauge, Inlet, JOURNAL, queue};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// After the disk refused a record, a new segment is tried so many milliseconds later.
const RETRY_MS: u64 = 1000;

/// How large the journal may grow.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A segment is closed after so many bytes.
    pub segment_bytes: u64,
    /// The oldest segments are deleted when all together exceed so many bytes.
    pub total_bytes: u64,
}

impl Default for Limits {
    /// 4 MiB a segment, 64 MiB in all: some hours of driving, days of standing still.
    fn default() -> Self {
        Limits {
            segment_bytes: 4 << 20,
            total_bytes: 64 << 20,
        }
    }
}

/// How the journal fares, for `coact status`.
#[derive(Debug, Clone, serde::Serialize)]
pub struct JournalHealth {
    /// Folder of the segments.
    pub folder: PathBuf,
    /// Steps that were lost since the start: the run does not replay across them.
    pub lost: u64,
    /// Bytes written since the start.
    pub written: u64,
    /// What the disk said when it last refused; `None` while all is well.
    pub trouble: Option<String>,
    /// The queue before the writer.
    pub queue: Gauge,
}

#[derive(Debug, Default)]
struct Shared {
    lost: AtomicU64,
    written: AtomicU64,
    refused: AtomicBool,
    trouble: Mutex<Option<String>>,
}

/// The journal of one run; dropping it closes the last segment in order.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    shared: Arc<Shared>,
    inlet: Option<Inlet<Record>>,
    thread: Option<JoinHandle<()>>,
}

/// The brain thread's end of the journal: takes steps, asks for snapshots when a new segment is due.
#[derive(Debug)]
pub struct Tap {
    inlet: Inlet<Record>,
    shared: Arc<Shared>,
    versions: Vec<(String, String)>,
    limits: Limits,
    number: u32,
    bytes: u64,
    fresh: bool,
    // Lost steps that a record tells of already.
    noted: u64,
    // After the disk refused: when to try again, on the brain's clock.
    retry_at: u64,
}

impl Journal {
    /// Opens a run's journal in `folder` (made if it is missing). `versions` names all that shapes the run.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn open(
        folder: &Path,
        limits: Limits,
        versions: Vec<(String, String)>,
    ) -> io::Result<(Journal, Tap)> {
        fs::create_dir_all(folder)?;
        let shared = Arc::new(Shared::default());
        let (inlet, outlet) = queue(&JOURNAL);
        let mut files = Files {
            folder: folder.to_owned(),
            limits,
            file: None,
            shared: Arc::clone(&shared),
            run: run_name(folder),
        };
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || files.write_all(&outlet))?;
        let tap = Tap {
            inlet: inlet.clone(),
            shared: Arc::clone(&shared),
            versions,
            limits,
            number: 0,
            bytes: 0,
            fresh: true,
            noted: 0,
            retry_at: 0,
        };
        Ok((
            Journal {
                folder: folder.to_owned(),
                shared,
                inlet: Some(inlet),
                thread: Some(thread),
            },
            tap,
        ))
    }

    /// How the journal fares.
    #[must_use]
    pub fn health(&self) -> Option<JournalHealth> {
        Some(JournalHealth {
            folder: self.folder.clone(),
            lost: self.shared.lost.load(Ordering::Relaxed),
            written: self.shared.written.load(Ordering::Relaxed),
            trouble: self
                .shared
                .trouble
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            queue: self.inlet.as_ref()?.gauge(),
        })
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // The writer ends when the last inlet is gone; the tap must have been dropped before.
        self.inlet = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Tap {
    /// The next step should come with a snapshot: a segment is to begin before it.
    #[must_use]
    pub fn wants_snapshot(&self, now: u64) -> bool {
        now >= self.retry_at && (self.fresh || self.bytes > self.limits.segment_bytes)
    }

    /// Records one step. `snapshot` is the state *before* the step, postcard-encoded, where one was wanted. Never waits.
    pub fn step(&mut self, step: Step, snapshot: Option<Vec<u8>>) {
        if self.shared.refused.swap(false, Ordering::Relaxed) {
            self.fresh = true;
            self.retry_at = step.now + RETRY_MS;
        }
        let due = self.fresh || self.bytes > self.limits.segment_bytes;
        if due && (step.now < self.retry_at || !snapshot.is_some_and(|snapshot| self.begin(snapshot))) {
            self.lose();
            return;
        }
        self.bytes += (step.event.len() + step.effects.len() + 16) as u64;
        if !self.inlet.send(Record::Step(step)) {
            self.lose();
        }
    }

    /// Records how the line is, within a segment that is open. What does not fit is not missed.
    pub fn line(&mut self, line: Line) {
        if !self.fresh {
            self.inlet.send(Record::Line(Box::new(line)));
        }
    }

    /// Opens a segment, with a note of what was lost before it. False when the queue has no room.
    fn begin(&mut self, snapshot: Vec<u8>) -> bool {
        let lost = self.shared.lost.load(Ordering::Relaxed);
        let header = Header {
            format: FORMAT,
            number: self.number,
            versions: self.versions.clone(),
            snapshot,
        };
        self.bytes = header.snapshot.len() as u64;
        if !self.inlet.send(Record::Segment(header)) {
            return false;
        }
        if lost > self.noted && self.inlet.send(Record::Lost(lost - self.noted)) {
            self.noted = lost;
        }
        self.number += 1;
        self.fresh = false;
        true
    }

    /// Records that the run ended in order.
    pub fn end(self) {
        self.inlet.send(Record::End);
    }

    fn lose(&mut self) {
        self.fresh = true;
        self.shared.lost.fetch_add(1, Ordering::Relaxed);
    }
}

/// Runs are named by the wall clock, for people; a second run within a second gets a letter more.
fn run_name(folder: &Path) -> String {
    let name = humantime(std::time::SystemTime::now());
    let mut run = name.clone();
    let mut again = 1;
    while folder.join(format!("{run}-0000.coact")).exists() {
        again += 1;
        run = format!("{name}.{again}");
    }
    run
}

/// `20261123T175831Z`, sortable, without characters that file systems mind.
fn humantime(time: std::time::SystemTime) -> String {
    jiff::Timestamp::try_from(time).map_or_else(
        |_| "unknown-time".to_owned(),
        |t| t.strftime("%Y%m%dT%H%M%SZ").to_string(),
    )
}

/// The writer thread's state.
struct Files {
    folder: PathBuf,
    limits: Limits,
    file: Option<BufWriter<File>>,
    shared: Arc<Shared>,
    run: String,
}

impl Files {
    fn write_all(&mut self, outlet: &Receiver<Record>) {
        loop {
            match outlet.recv_timeout(Duration::from_millis(500)) {
                Ok(record) => {
                    if let Err(error) = self.write(&record) {
                        self.refuse(&record, &error);
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.flush(),
                Err(RecvTimeoutError::Disconnected) => {
                    self.flush();
                    return;
                }
            }
        }
    }

    fn write(&mut self, record: &Record) -> io::Result<()> {
        let bytes = super::encode(record).map_err(io::Error::other)?;
        if let Record::Segment(header) = record {
            self.flush();
            // Dropped first, so that a disk that was full has room again for the new one.
            self.file = None;
            self.prune()?;
            self.file = Some(self.begin(header.number, &bytes)?);
        } else if let Some(file) = self.file.as_mut() {
            file.write_all(&bytes)?;
        } else {
            // Steps after a refusal, until the brain thread has begun a new segment.
            return if matches!(record, Record::Step(_)) {
                Err(io::Error::other("waiting for a new segment"))
            } else {
                Ok(())
            };
        }
        if let (Record::End | Record::Lost(_), Some(file)) = (record, self.file.as_mut()) {
            file.flush()?;
        }
        self.shared
            .written
            .fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    /// A new segment that holds its first record; where the disk takes none, there is none.
    fn begin(&self, number: u32, record: &[u8]) -> io::Result<BufWriter<File>> {
        let path = self.folder.join(format!("{}-{number:04}.coact", self.run));
        let mut file = File::options().write(true).create_new(true).open(&path)?;
        if let Err(error) = file.write_all(record) {
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        Ok(BufWriter::new(file))
    }

    fn flush(&mut self) {
        if let Some(file) = self.file.as_mut()
            && let Err(error) = file.flush()
        {
            self.refuse(&Record::End, &error);
        }
    }

    fn refuse(&mut self, record: &Record, error: &io::Error) {
        if matches!(record, Record::Step(_) | Record::Segment(_)) {
            self.shared.lost.fetch_add(1, Ordering::Relaxed);
        }
        self.shared.refused.store(true, Ordering::Relaxed);
        if let Some(file) = self.file.take() {
            // What is buffered cannot be written either; without this the drop would try again.
            let _ = file.into_parts();
        }
        let mut trouble = self.shared.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if trouble.is_none() {
            log::error!(
                "the journal in {} stopped: {error}; make room there, it goes on by itself",
                self.folder.display()
            );
            *trouble = Some(error.to_string());
        }
    }

    /// Deletes the oldest segments until all together, with one more, stay within the limit.
    fn prune(&self) -> io::Result<()> {
        let mut segments: Vec<(PathBuf, u64)> = segments(&self.folder)?;
        let room = self.limits.total_bytes.saturating_sub(self.limits.segment_bytes);
        let mut total: u64 = segments.iter().map(|(_, size)| size).sum();
        segments.reverse();
        while total > room {
            let Some((oldest, size)) = segments.pop() else {
                break;
            };
            fs::remove_file(&oldest)?;
            total -= size;
        }
        Ok(())
    }
}

/// All segments in a folder with their sizes in bytes, oldest first.
fn segments(folder: &Path) -> io::Result<Vec<(PathBuf, u64)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "coact")
        {
            found.push((entry.path(), entry.metadata()?.len()));
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::journal::{ReadError, read};

    fn step(now: u64) -> Step {
        Step {
            now,
            event: now.to_le_bytes().to_vec(),
            effects: vec![7; 40],
        }
    }

    fn write(folder: &Path, limits: Limits, steps: std::ops::Range<u64>) {
        let (journal, mut tap) = Journal::open(folder, limits, vec![("code".into(), "test".into())]).unwrap();
        for now in steps {
            let snapshot = tap.wants_snapshot(now).then(|| vec![1, 2, 3]);
            tap.step(step(now), snapshot);
            // The queue is bounded; a test that outruns the writer would count losses instead of bytes.
            while tap.inlet.gauge().waiting > 500 {
                std::thread::yield_now();
            }
        }
        tap.end();
        drop(journal);
    }

    fn only_segment(folder: &Path) -> PathBuf {
        let found = segments(folder).unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].0.clone()
    }

    #[test]
    fn what_goes_in_comes_out() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), Limits::default(), 0..100);
        let back = read(&only_segment(folder.path())).unwrap();
        let mut expected: Vec<Record> = (0..100).map(|now| Record::Step(step(now))).collect();
        expected.push(Record::End);
        assert_eq!(
            (back.header.number, back.torn, back.damage.is_none()),
            (0, 0, true)
        );
        assert_eq!(back.records, expected);
    }

    #[test]
    fn a_torn_tail_is_normal_and_damage_in_the_middle_is_not() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), Limits::default(), 0..100);
        let path = only_segment(folder.path());
        let whole = fs::read(&path).unwrap();

        fs::write(&path, &whole[..whole.len() - 30]).unwrap();
        let back = read(&path).unwrap();
        assert!(back.torn > 0 && back.damage.is_none() && back.records.len() >= 99);

        let mut zeros = whole.clone();
        zeros.extend([0; 4096]);
        fs::write(&path, &zeros).unwrap();
        let back = read(&path).unwrap();
        assert_eq!((back.records.len(), back.damage.is_none()), (101, true));

        let mut broken = whole.clone();
        broken[whole.len() / 2] ^= 4;
        fs::write(&path, &broken).unwrap();
        let back = read(&path).unwrap();
        let Some(ReadError::Damaged { offset, record, .. }) = back.damage else {
            panic!("{:?}", back.damage)
        };
        assert!(offset <= whole.len() / 2 && record == back.records.len() + 1);

        fs::write(&path, b"GIF89a").unwrap();
        assert!(matches!(read(&path), Err(ReadError::Foreign { .. })));
    }

    #[test]
    fn the_journal_stays_within_its_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits {
            segment_bytes: 4_000,
            total_bytes: 20_000,
        };
        write(folder.path(), limits, 0..3_000);
        let found = segments(folder.path()).unwrap();
        let total: u64 = found.iter().map(|(_, size)| size).sum();
        assert!(total <= limits.total_bytes + limits.segment_bytes, "{total}");
        // The oldest went first: what is left is the end of the run, segment after segment.
        let numbers: Vec<u32> = found
            .iter()
            .map(|(path, _)| read(path).unwrap().header.number)
            .collect();
        assert!(
            numbers.windows(2).all(|pair| pair[1] == pair[0] + 1),
            "{numbers:?}"
        );
        let last = read(&found.last().unwrap().0).unwrap();
        assert_eq!(last.records.last(), Some(&Record::End));
    }

    #[test]
    fn a_disk_that_refuses_is_counted_and_the_journal_goes_on_when_it_can() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("journal");
        let limits = Limits {
            segment_bytes: 500,
            total_bytes: 1 << 20,
        };
        let (journal, mut tap) = Journal::open(&folder, limits, vec![]).unwrap();
        let drained = |tap: &Tap| {
            while tap.inlet.gauge().waiting > 0 {
                std::thread::yield_now();
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        tap.step(step(0), Some(Vec::new()));
        drained(&tap);
        // The folder goes away: the next segments cannot be opened.
        fs::remove_dir_all(&folder).unwrap();
        for now in 1..40 {
            tap.step(step(now), Some(Vec::new()));
            drained(&tap);
        }
        let health = journal.health().unwrap();
        assert!(health.lost > 0 && health.trouble.is_some(), "{health:?}");
        // It comes back: after the pause a new segment opens and tells of the loss.
        fs::create_dir_all(&folder).unwrap();
        tap.step(step(5_000), Some(Vec::new()));
        tap.end();
        drop(journal);
        let back = read(&only_segment(&folder)).unwrap();
        assert!(
            matches!(back.records[0], Record::Lost(lost) if lost > 0),
            "{:?}",
            back.records
        );
        assert_eq!(back.records[1], Record::Step(step(5_000)));
    }
}
