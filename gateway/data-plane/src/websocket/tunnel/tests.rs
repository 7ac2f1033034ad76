use super::*;
use bytes::BytesMut;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    task::JoinHandle,
    time::{sleep, timeout},
};

const DEADLINE: Duration = Duration::from_secs(10);
/// What fits between two ends.
const ROOM_BYTES: usize = 1024;
const TEXT: [u8; 6] = [0x81, 4, b't', b'e', b'x', b't'];

/// A tunnel and its two ends.
struct Setup {
    client: DuplexStream,
    upstream: DuplexStream,
    farewell: watch::Sender<bool>,
    running: JoinHandle<(Ended, Traffic)>,
}

const TERMS: Terms = Terms { idle: None, ping: None, stall: Duration::from_secs(60) };

fn start(terms: Terms) -> Setup {
    let (client, near_client) = duplex(ROOM_BYTES);
    let (upstream, near_upstream) = duplex(ROOM_BYTES);
    let (farewell, leaving) = watch::channel(false);
    let end = |socket| End { socket, sent: BytesMut::new() };
    let running = tokio::spawn(run(end(near_client), end(near_upstream), terms, leaving));
    Setup { client, upstream, farewell, running }
}

impl Setup {
    async fn ended(self) -> (Ended, Traffic) {
        timeout(DEADLINE, self.running).await.unwrap().unwrap()
    }
}

async fn read<const N: usize>(from: &mut DuplexStream) -> [u8; N] {
    let mut bytes = [0; N];
    timeout(DEADLINE, from.read_exact(&mut bytes)).await.unwrap().unwrap();
    bytes
}

async fn rest(from: &mut DuplexStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    timeout(DEADLINE, from.read_to_end(&mut bytes)).await.unwrap().unwrap();
    bytes
}

/// The code of a close frame, which is all there is.
fn code(frame: &[u8]) -> u16 {
    assert_eq!(
        (frame[0], usize::from(frame[1] & 0x7f)),
        (0x88, frame.len() - 2 - if frame[1] & 0x80 == 0 { 0 } else { 4 })
    );
    let (high, low) =
        if frame[1] & 0x80 == 0 { (frame[2], frame[3]) } else { (frame[6] ^ frame[2], frame[7] ^ frame[3]) };
    u16::from_be_bytes([high, low])
}

#[tokio::test]
async fn both_directions_pass_and_each_ends_for_itself() {
    let mut setup = start(TERMS);
    setup.client.write_all(b"\x81\x82abcdhi").await.unwrap();
    assert_eq!(&read::<8>(&mut setup.upstream).await, b"\x81\x82abcdhi");
    setup.client.write_all(&[0x88, 0x80, 0, 0, 0, 0]).await.unwrap();
    setup.client.shutdown().await.unwrap();
    assert_eq!(rest(&mut setup.upstream).await.len(), 6);
    setup.upstream.write_all(&TEXT).await.unwrap();
    assert_eq!(read::<6>(&mut setup.client).await, TEXT);
    setup.upstream.shutdown().await.unwrap();
    assert_eq!(rest(&mut setup.client).await, b"");
    assert_eq!(setup.ended().await, (Ended::Closed, Traffic { from_client: 14, to_client: 6 }));
}

#[tokio::test]
async fn silence_is_ended_with_a_close_frame_for_both() {
    let mut setup = start(Terms { idle: Some(Duration::from_millis(50)), ..TERMS });
    let (down, up) = tokio::join!(rest(&mut setup.client), rest(&mut setup.upstream));
    assert_eq!((code(&down), code(&up)), (GOING_AWAY, GOING_AWAY));
    assert_eq!((down[1] & 0x80, up[1] & 0x80), (0, 0x80), "only what a client sends is masked");
    drop(setup.upstream);
    drop(setup.client);
    assert_eq!(timeout(DEADLINE, setup.running).await.unwrap().unwrap().0, Ended::Idle);
}

#[tokio::test]
async fn who_answers_pings_stays_and_is_idle_nevertheless() {
    let mut setup = start(Terms {
        idle: Some(Duration::from_millis(400)),
        ping: Some(Duration::from_millis(50)),
        ..TERMS
    });
    let answering = async {
        for _ in 0..3 {
            assert_eq!(read::<2>(&mut setup.client).await, PING);
            setup.client.write_all(&[0x8a, 0x80, 1, 2, 3, 4]).await.unwrap();
        }
        loop {
            let [kind, length] = read::<2>(&mut setup.client).await;
            if kind == 0x88 {
                return length;
            }
            setup.client.write_all(&[0x8a, 0x80, 1, 2, 3, 4]).await.unwrap();
        }
    };
    let (_, up) = tokio::join!(answering, rest(&mut setup.upstream));
    assert!(up.starts_with(&[0x8a, 0x80, 1, 2, 3, 4]), "pongs pass");
    assert_eq!(setup.ended().await.0, Ended::Idle);
}

#[tokio::test]
async fn who_answers_no_pings_is_given_up() {
    let mut setup = start(Terms { ping: Some(Duration::from_millis(30)), ..TERMS });
    let (down, up) = tokio::join!(rest(&mut setup.client), rest(&mut setup.upstream));
    assert_eq!(&down[..4], [PING, PING].concat());
    assert_eq!((code(&down[4..]), code(&up)), (GOING_AWAY, GOING_AWAY));
    assert_eq!(setup.ended().await.0, Ended::Lost);
}

#[tokio::test]
async fn a_ping_waits_for_the_end_of_a_frame() {
    let mut setup = start(Terms { ping: Some(Duration::from_millis(20)), ..TERMS });
    setup.upstream.write_all(&TEXT[..3]).await.unwrap();
    assert_eq!(read::<3>(&mut setup.client).await, TEXT[..3]);
    sleep(Duration::from_millis(100)).await;
    setup.upstream.write_all(&TEXT[3..]).await.unwrap();
    assert_eq!(read::<5>(&mut setup.client).await, [&TEXT[3..], &PING].concat()[..]);
}

#[tokio::test]
async fn within_a_frame_there_is_only_the_end() {
    let mut setup = start(Terms { idle: Some(Duration::from_millis(50)), ..TERMS });
    setup.upstream.write_all(&TEXT[..3]).await.unwrap();
    let (down, up) = tokio::join!(rest(&mut setup.client), rest(&mut setup.upstream));
    assert_eq!((down, code(&up)), (TEXT[..3].to_vec(), GOING_AWAY));
    assert_eq!(setup.ended().await.0, Ended::Idle);
}

#[tokio::test]
async fn nothing_follows_the_close_frame_of_another() {
    let mut setup = start(Terms {
        idle: Some(Duration::from_millis(50)),
        ping: Some(Duration::from_millis(10)),
        ..TERMS
    });
    let bye = close(4000, "", None);
    setup.upstream.write_all(&bye).await.unwrap();
    assert_eq!(rest(&mut setup.client).await, bye);
    assert_eq!(setup.ended().await.0, Ended::Idle);
}

#[tokio::test]
async fn before_a_stop_both_are_told() {
    let mut setup = start(TERMS);
    setup.client.write_all(b"\x81\x80abcd").await.unwrap();
    read::<6>(&mut setup.upstream).await;
    setup.farewell.send_replace(true);
    let (down, up) = tokio::join!(rest(&mut setup.client), rest(&mut setup.upstream));
    assert_eq!((code(&down), code(&up)), (GOING_AWAY, GOING_AWAY));
    assert_eq!(setup.ended().await.0, Ended::Drained);
}

#[tokio::test]
async fn what_is_held_for_a_slow_reader_is_bounded() {
    let mut setup = start(TERMS);
    let mut taken = 0;
    while let Ok(bytes) = timeout(Duration::from_millis(100), setup.upstream.write(&[0x82; 4096])).await {
        taken += bytes.unwrap();
    }
    assert!(taken <= 2 * ROOM_BYTES + (16 << 10), "{taken}");
    let mut left = taken;
    while left > 0 {
        left -= timeout(DEADLINE, setup.client.read(&mut [0; 4096])).await.unwrap().unwrap();
    }
    setup.upstream.write_all(&[1]).await.unwrap();
    assert_eq!(read::<1>(&mut setup.client).await, [1], "it goes on");
}

#[tokio::test]
async fn who_takes_nothing_holds_up_the_other_side_and_is_given_up() {
    let mut setup = start(Terms { stall: Duration::from_millis(100), ..TERMS });
    let flood = async {
        let mut taken = 0;
        while let Ok(bytes) = setup.upstream.write(&[0x82; 512]).await {
            taken += bytes;
        }
        taken
    };
    let taken = timeout(DEADLINE, flood).await.unwrap();
    // What lies in the two ends, and a piece between them; the rest was thrown away after the end was decided on.
    assert!(taken >= 2 * ROOM_BYTES, "{taken}");
    assert_eq!(setup.ended().await.0, Ended::Stalled);
}

#[tokio::test]
async fn what_was_said_last_arrives_though_its_side_takes_nothing_any_more() {
    let mut setup = start(TERMS);
    setup.upstream.write_all(&TEXT).await.unwrap();
    setup.upstream.write_all(&close(1002, "no", None)).await.unwrap();
    drop(setup.upstream);
    setup.client.write_all(&[0; 512]).await.unwrap();
    assert_eq!(rest(&mut setup.client).await, [&TEXT[..], &close(1002, "no", None)].concat());
    drop(setup.client);
    let (ended, traffic) = timeout(DEADLINE, setup.running).await.unwrap().unwrap();
    assert_eq!((ended, traffic.to_client), (Ended::Closed, 12));
}

#[tokio::test]
async fn who_leaves_without_a_word_has_broken_off() {
    let mut setup = start(TERMS);
    drop(setup.client);
    assert_eq!(rest(&mut setup.upstream).await, b"");
    drop(setup.upstream);
    assert_eq!(timeout(DEADLINE, setup.running).await.unwrap().unwrap().0, Ended::Broken);
}
