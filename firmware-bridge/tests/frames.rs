//! Frames and messages under any bytes: what is written is read back, what is damaged is not, and one sound frame
//! behind any garbage is found.

use firmware_bridge::envelope::{BoardMessage, HostMessage};
use firmware_bridge::frame::{BOARD_FRAME, Decoder, FrameError, HOST_FRAME, MAX_PAYLOAD, crc32, encode};
use firmware_bridge::message::{Command, OutputId, SafeAction, Setpoint, StopKind, Version};
use firmware_bridge::seal::Seal;
use proptest::prelude::*;

/// Everything a decoder makes of some bytes.
fn decode<const N: usize>(bytes: &[u8]) -> Vec<Result<Vec<u8>, FrameError>> {
    let mut decoder = Decoder::<N>::default();
    let mut found = Vec::new();
    for byte in bytes {
        found.extend(decoder.feed(*byte).map(|frame| frame.map(<[u8]>::to_vec)));
    }
    found
}

fn any_command() -> impl Strategy<Value = Command> {
    let output = any::<u8>().prop_map(OutputId);
    let safe = prop_oneof![
        Just(SafeAction::Off),
        Just(SafeAction::Hold),
        Just(SafeAction::Release),
        (-1e6f32..1e6).prop_map(|decel| SafeAction::Ramp { decel }),
    ];
    prop_oneof![
        Just(Command::Enable),
        Just(Command::Disable),
        Just(Command::EmergencyStop),
        Just(Command::Clear),
        (output.clone(), safe, any::<u16>()).prop_map(|(output, safe, dead_man_ms)| Command::Configure {
            output,
            safe,
            dead_man_ms
        }),
        (output.clone(), -1e6f32..1e6).prop_map(|(output, opening_m)| Command::Gripper { output, opening_m }),
        (output.clone(), any::<bool>()).prop_map(|(output, on)| Command::Switch { output, on }),
        (output, any::<u8>()).prop_map(|(output, tone)| Command::Play { output, tone }),
    ]
}

fn any_message() -> impl Strategy<Value = HostMessage> {
    let number = any::<u32>();
    let setpoint = prop_oneof![
        (any::<u8>(), -1e6f32..1e6, -1e6f32..1e6).prop_map(|(output, linear_mps, angular_radps)| {
            Setpoint::Base {
                output: OutputId(output),
                linear_mps,
                angular_radps,
            }
        }),
        (any::<u8>(), -1e6f32..1e6).prop_map(|(output, angle_rad)| Setpoint::Joint {
            output: OutputId(output),
            angle_rad
        }),
    ];
    prop_oneof![
        (any::<u8>(), any::<u8>(), number).prop_map(|(major, minor, nonce)| HostMessage::Hello {
            version: Version { major, minor },
            nonce
        }),
        (number, number).prop_map(|(session, number)| HostMessage::Stop {
            session,
            number,
            kind: StopKind::Halt
        }),
        (number, any::<bool>(), number, number).prop_map(|(session, alive, beat, heard_ms)| {
            HostMessage::Heartbeat {
                session,
                alive,
                beat,
                heard_ms,
            }
        }),
        (number, number, number, any_command()).prop_map(|(session, seq, stop, command)| {
            HostMessage::Command {
                session,
                seq,
                stop,
                command,
            }
        }),
        (number, number, number, number, any::<u16>(), setpoint).prop_map(
            |(session, seq, stop, wished_ms, valid_ms, setpoint)| {
                HostMessage::Setpoint {
                    session,
                    seq,
                    stop,
                    wished_ms,
                    valid_ms,
                    setpoint,
                }
            }
        ),
        number.prop_map(|session| HostMessage::Bye { session }),
    ]
}

proptest! {
    #[test]
    fn every_message_comes_back_from_any_place_in_garbage(message in any_message(), garbage in any::<Vec<u8>>()) {
        let mut frame = [0; HOST_FRAME];
        let count = encode(&message, &Seal::NONE, &mut frame).expect("every message of the host fits");
        let line = [garbage, frame[..count].to_vec()].concat();
        let last = decode::<HOST_FRAME>(&line).pop();
        let payload = last.expect("a frame").expect("a sound one");
        prop_assert_eq!(postcard::from_bytes::<HostMessage>(&payload), Ok(message));
    }

    #[test]
    fn a_damaged_frame_is_no_frame(message in any_message(), place in any::<prop::sample::Index>(), flip in 1u8..=255) {
        let mut frame = [0; HOST_FRAME];
        let count = encode(&message, &Seal::NONE, &mut frame).expect("fits");
        let place = place.index(count);
        frame[place] ^= flip;
        let sound = decode::<HOST_FRAME>(&frame[..count]).into_iter().flatten().count();
        // A border that is damaged may still leave the frame whole, when the other bytes make no zero.
        prop_assert!(sound == 0 || place == 0);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        for payload in decode::<BOARD_FRAME>(&bytes).into_iter().flatten() {
            prop_assert!(payload.len() <= BOARD_FRAME);
        }
        let _ = postcard::take_from_bytes::<HostMessage>(&bytes);
        let _ = postcard::take_from_bytes::<BoardMessage>(&bytes);
    }
}

#[test]
fn damage_is_told_apart() {
    let mut frame = [0; BOARD_FRAME];
    let count = encode(&HostMessage::Bye { session: 1 }, &Seal::NONE, &mut frame).expect("fits");
    let sound = decode::<BOARD_FRAME>(&frame[..count]);
    assert!(matches!(sound.as_slice(), [Ok(_)]));
    frame[count - 3] ^= 1;
    assert_eq!(decode::<BOARD_FRAME>(&frame[..count]), [Err(FrameError::Crc)]);
    assert_eq!(decode::<BOARD_FRAME>(&[0, 9, 1, 0]), [Err(FrameError::Malformed)]);
    assert_eq!(
        decode::<BOARD_FRAME>(&[0, 1, 1, 0, 0, 0]),
        [Err(FrameError::Malformed)]
    );
    assert_eq!(
        decode::<HOST_FRAME>(&[vec![7; 200], vec![0]].concat()),
        [Err(FrameError::TooLong)]
    );
    assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
}

#[test]
fn what_does_not_fit_is_refused() {
    assert!(
        encode(
            &"long".repeat(MAX_PAYLOAD / 4).as_str(),
            &Seal::NONE,
            &mut [0; 2 * BOARD_FRAME]
        )
        .is_err()
    );
    assert!(encode(&HostMessage::Bye { session: 1 }, &Seal::NONE, &mut [0; 4]).is_err());
}
