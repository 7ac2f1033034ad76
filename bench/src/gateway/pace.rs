//! Load at a steady rate, with latencies that count from when a request was due.
//!
//! One thread, pinned beside the origin, waits in epoll with nanoseconds: the timers of an async runtime are coarser than what is to
//! be seen.

use anyhow::{Context, bail, ensure};
use rustix::{
    event::{Timespec, epoll},
    thread::{CpuSet, sched_setaffinity},
};
use std::{
    collections::VecDeque,
    io::{ErrorKind, Read, Write},
    net::{Ipv4Addr, TcpStream},
    time::{Duration, Instant},
};

const CONNECTIONS: usize = 64;
/// Requests sent to each proxy before anything is counted.
const WARM_UP: Duration = Duration::from_secs(1);
/// How long one proxy is loaded before it is the next one's turn. Short, so that what disturbs the machine disturbs all alike; long
/// enough for some thousand requests.
const SLICE: Duration = Duration::from_millis(250);
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// What was seen of one proxy: the medians over its slices.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latency {
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

/// Returns what is to be run on a thread of its own: it loads the proxies behind `ports` in turn, each for so many seconds in all.
pub(crate) fn run(
    ports: Vec<u16>,
    path: &str,
    rate: f64,
    seconds: u32,
) -> impl FnOnce() -> anyhow::Result<Vec<Latency>> + Send + use<> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: bench.test\r\n\r\n");
    move || {
        let mut cpu = CpuSet::new();
        cpu.set(1);
        sched_setaffinity(None, &cpu).map_err(std::io::Error::from).context("cannot choose a core")?;
        let interval = Duration::from_secs_f64(1.0 / rate);
        let mut pacers = Vec::with_capacity(ports.len());
        for port in ports {
            let mut pacer = Pacer::connect(port, request.clone().into_bytes())?;
            pacer.run(interval, WARM_UP)?;
            pacers.push((pacer, Vec::new()));
        }
        for _ in 0..Duration::from_secs(seconds.into()).as_millis() / SLICE.as_millis() {
            for (pacer, slices) in &mut pacers {
                slices.push(pacer.run(interval, SLICE)?);
            }
        }
        Ok(pacers.iter().map(|(_, slices)| medians(slices)).collect())
    }
}

fn medians(slices: &[Latency]) -> Latency {
    let median = |of: fn(&Latency) -> Duration| {
        let mut values: Vec<Duration> = slices.iter().map(of).collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    Latency { p50: median(|slice| slice.p50), p99: median(|slice| slice.p99) }
}

struct Pacer {
    request: Vec<u8>,
    epoll: rustix::fd::OwnedFd,
    connections: Vec<Connection>,
}

struct Connection {
    stream: TcpStream,
    /// When the request under way was due.
    due: Option<Instant>,
}

impl Pacer {
    fn connect(port: u16, request: Vec<u8>) -> anyhow::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut connections = Vec::with_capacity(CONNECTIONS);
        for index in 0..CONNECTIONS {
            let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            epoll::add(&epoll, &stream, epoll::EventData::new_u64(index as u64), epoll::EventFlags::IN)?;
            connections.push(Connection { stream, due: None });
        }
        Ok(Self { request, epoll, connections })
    }

    fn run(&mut self, interval: Duration, load: Duration) -> anyhow::Result<Latency> {
        let began = Instant::now();
        let mut free: VecDeque<usize> = (0..self.connections.len()).collect();
        let mut late: VecDeque<Instant> = VecDeque::new();
        let mut next_due = began;
        let mut latencies = Vec::new();
        let mut under_way = 0_usize;
        loop {
            let now = Instant::now();
            while next_due <= now && next_due < began + load {
                late.push_back(next_due);
                next_due += interval;
            }
            while let (Some(&due), Some(&index)) = (late.front(), free.front()) {
                late.pop_front();
                free.pop_front();
                self.send(index, due)?;
                under_way += 1;
            }
            let over = next_due >= began + load;
            if over && under_way == 0 && late.is_empty() {
                break;
            }
            ensure!(now < began + load + LAST_ANSWERS, "{under_way} requests were not answered");
            let wait =
                if over { Duration::from_millis(100) } else { next_due.saturating_duration_since(now) };
            for index in self.wait(wait)? {
                if let Some(due) = self.answered(index)? {
                    free.push_back(index);
                    under_way -= 1;
                    latencies.push(due.elapsed());
                }
            }
        }
        latencies.sort_unstable();
        let at = |share: f64| latencies.get((latencies.len() as f64 * share) as usize).copied();
        let (p50, p99) = at(0.5).zip(at(0.99)).context("nothing was answered")?;
        Ok(Latency { p50, p99 })
    }

    fn send(&mut self, index: usize, due: Instant) -> anyhow::Result<()> {
        let connection = &mut self.connections[index];
        connection.stream.write_all(&self.request).context("a request could not be sent")?;
        connection.due = Some(due);
        Ok(())
    }

    fn wait(&self, longest: Duration) -> anyhow::Result<Vec<usize>> {
        let timeout = Timespec { tv_sec: longest.as_secs() as i64, tv_nsec: longest.subsec_nanos().into() };
        let mut events = Vec::with_capacity(CONNECTIONS);
        match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => bail!("cannot wait for answers: {error}"),
        }
        Ok(events.iter().map(|event: &epoll::Event| event.data.u64() as usize).collect())
    }

    /// Answers are small and come in one piece.
    fn answered(&mut self, index: usize) -> anyhow::Result<Option<Instant>> {
        let connection = &mut self.connections[index];
        let mut bytes = [0; 4096];
        match connection.stream.read(&mut bytes) {
            Ok(0) => bail!("the proxy closed a connection"),
            Ok(read) => {
                ensure!(
                    bytes[..read].starts_with(b"HTTP/1.1 200"),
                    "not every request was answered well: {}",
                    String::from_utf8_lossy(&bytes[..read])
                );
                Ok(connection.due.take())
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error).context("an answer could not be read"),
        }
    }
}
