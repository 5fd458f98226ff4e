//! Server and client against each other, and the client against a peer that behaves badly.

use super::*;
use crate::wyoming::client::{self, ClientError, Waker};
use crate::wyoming::sound;
use std::io::Write;

/// Counts the samples and tells their loudest.
struct Counts;

impl Service for Counts {
    fn transcribe(&self, samples: Vec<f32>, lang: Option<&str>) -> Result<String, String> {
        if samples.is_empty() {
            return Err("there was no sound".to_owned());
        }
        let peak = samples
            .iter()
            .fold(0.0, |peak: f32, sample| peak.max(sample.abs()));
        Ok(format!(
            "{} samples up to {peak:.1} in {}",
            samples.len(),
            lang.unwrap_or("any")
        ))
    }

    fn recognize(&self, text: &str) -> Option<Value> {
        (text == "go").then(|| json!({"name": "motion", "entities": []}))
    }

    fn model(&self) -> (String, String, Vec<String>) {
        ("counts".to_owned(), "1".to_owned(), vec!["en".to_owned()])
    }
}

fn server() -> Server {
    Server::start(([127, 0, 0, 1], 0).into(), None, Arc::new(Counts)).unwrap()
}

/// A peer that takes one connection and answers with these bytes, whatever is sent.
fn peer(answer: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        if let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.write_all(&answer);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            // Takes what still comes, so that the other side is not cut off in the middle.
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        }
    });
    address
}

fn wire(events: &[Event]) -> Vec<u8> {
    let mut bytes = Vec::new();
    events.iter().for_each(|event| event.write(&mut bytes).unwrap());
    bytes
}

#[test]
fn sound_becomes_a_transcript() {
    let server = server();
    let text = client::transcribe(server.address(), &[0.5; 3000], Some("en")).unwrap();
    assert_eq!(text, "3000 samples up to 0.5 in en");
    let nothing = client::transcribe(server.address(), &[], None).unwrap_err();
    assert!(nothing.to_string().contains("there was no sound"), "{nothing}");
}

#[test]
fn other_rates_widths_and_channels_are_taken_and_long_sound_is_bounded() {
    let server = server();
    let check = |format: Format, chunks: usize, bytes: usize, expect: &str| {
        let mut stream = client::connect(server.address()).unwrap();
        for _ in 0..chunks {
            let chunk = Event {
                payload: vec![0; bytes],
                ..Event::new("audio-chunk", format.data())
            };
            chunk.write(&mut stream).unwrap();
        }
        Event::new("audio-stop", json!({})).write(&mut stream).unwrap();
        let answer = Event::read(&mut BufReader::new(&stream)).unwrap().unwrap();
        assert_eq!(answer.text("text"), Some(expect));
    };
    let stereo = Format {
        rate: 48_000,
        width: 4,
        channels: 2,
    };
    check(stereo, 3, 48_000 * 8, "48000 samples up to 0.0 in any");
    check(Format::OWN, 70, 32_000, "960000 samples up to 0.0 in any");
}

#[test]
fn it_tells_what_it_can_and_what_words_mean() {
    let server = server();
    let info = client::describe(server.address()).unwrap();
    assert_eq!(info.data["asr"][0]["models"][0]["name"], "counts");
    let mut stream = client::connect(server.address()).unwrap();
    let ask = |stream: &mut TcpStream, kind: &str, text: &str| {
        Event::new(kind, json!({"text": text})).write(stream).unwrap();
        Event::read(&mut BufReader::new(&*stream)).unwrap().unwrap()
    };
    assert_eq!(ask(&mut stream, "recognize", "go").text("name"), Some("motion"));
    assert_eq!(ask(&mut stream, "recognize", "hm").kind, "not-recognized");
    assert_eq!(ask(&mut stream, "ping", "x").text("text"), Some("x"));
}

#[test]
fn what_is_no_event_ends_the_conversation_with_a_reason() {
    let server = server();
    let mut stream = client::connect(server.address()).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    let answer = Event::read(&mut BufReader::new(&stream)).unwrap().unwrap();
    assert!(
        answer
            .text("text")
            .is_some_and(|text| text.contains("expected a Wyoming event")),
        "{answer:?}"
    );
}

#[test]
fn more_clients_than_are_served_are_turned_away() {
    let server = server();
    let mut streams = Vec::new();
    for _ in 0..CLIENTS {
        let mut stream = client::connect(server.address()).unwrap();
        Event::new("ping", json!({})).write(&mut stream).unwrap();
        assert_eq!(
            Event::read(&mut BufReader::new(&stream)).unwrap().unwrap().kind,
            "pong"
        );
        streams.push(stream);
    }
    let refused = client::describe(server.address()).unwrap_err();
    assert!(
        matches!(refused, ClientError::Failed { .. } | ClientError::Gone { .. }),
        "{refused}"
    );
}

#[test]
fn other_computers_need_a_token() {
    let address = ([0, 0, 0, 0], 0).into();
    let refused = Server::start(address, None, Arc::new(Counts)).unwrap_err();
    assert!(refused.to_string().contains("token_file"), "{refused}");
    let server = Server::start(address, Some("5eed"), Arc::new(Counts)).unwrap();
    let here = ([127, 0, 0, 1], server.address().port()).into();
    let ask = |first: &Event| {
        let mut stream = client::connect(here).unwrap();
        first.write(&mut stream).unwrap();
        // Turned away, it may be gone before it is asked.
        let _ = Event::new("describe", json!({})).write(&mut stream);
        Event::read(&mut BufReader::new(&stream)).unwrap().unwrap().kind
    };
    let token = |text: &str| Event::new("token", json!({"text": text}));
    assert_eq!(ask(&token("5eed")), "info");
    for wrong in [
        token("5eee"),
        token(""),
        Event::new("token", json!({})),
        Event::new("ping", json!({})),
    ] {
        assert_eq!(ask(&wrong), "error", "{wrong:?}");
    }
    assert!(matches!(client::describe(here), Err(ClientError::Failed { .. })));
}

#[test]
fn peers_that_behave_badly_are_named() {
    let check = |answer: &[u8], expect: &str| {
        let error = client::transcribe(peer(answer.to_vec()), &[0.0; 100], None).unwrap_err();
        assert!(error.to_string().contains(expect), "{error}");
    };
    check(b"", "went away");
    check(b"HTTP/1.1 400 Bad Request\r\n\r\n", "cannot be understood");
    check(
        b"{\"type\": \"error\", \"data\": {\"text\": \"out of memory\"}}\n",
        "failed: out of memory",
    );
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let error = client::transcribe(nobody, &[0.0; 100], None).unwrap_err();
    assert!(error.to_string().contains("no Wyoming service"), "{error}");
}

#[test]
fn speech_of_others_comes_as_16_bits() {
    let wide = Format {
        rate: 22_050,
        width: 4,
        channels: 2,
    };
    let chunk = Event {
        payload: vec![0, 0, 0, 64, 0, 0, 0, 64],
        ..Event::new("audio-chunk", wide.data())
    };
    let address = peer(wire(&[
        Event::new("audio-start", wide.data()),
        chunk,
        Event::new("audio-stop", json!({})),
    ]));
    let mut heard = Vec::new();
    let stream = client::connect(address).unwrap();
    client::synthesize(stream, address, "hello", None, "en", |format, bytes| {
        heard.push((format.rate, sound::samples(format, bytes)));
        true
    })
    .unwrap();
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].0, 22_050);
    assert!((heard[0].1[0] - 0.5).abs() < 1e-3, "{heard:?}");
}

#[test]
fn wake_words_of_others_are_heard() {
    let address = peer(wire(&[Event::new("detection", json!({"name": "ok_coco"}))]));
    let mut waker = Waker::connect(address).unwrap();
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    loop {
        match waker.hear(&[0.0; 512]) {
            Ok(Some(name)) => {
                assert_eq!(name, "ok_coco");
                return;
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(1)),
            Err(error) => panic!("{error}"),
        }
        assert!(std::time::Instant::now() < deadline, "no detection came");
    }
}
