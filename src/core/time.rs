//! Points in time and the two times of a watchdog.

/// A point on the library's clock, in nanoseconds since an origin that does not
/// matter. Arithmetic saturates: [`Time::NEVER`] is later than everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub u64);

impl Time {
    /// Later than every deadline.
    pub const NEVER: Time = Time(u64::MAX);
    /// Earlier than every feed.
    pub const ZERO: Time = Time(0);

    /// The point `nanos` nanoseconds after this one.
    pub fn after(self, nanos: u64) -> Time {
        Time(self.0.saturating_add(nanos))
    }

    /// The point `nanos` nanoseconds before this one; before [`Time::NEVER`] there is none.
    pub fn before(self, nanos: u64) -> Time {
        if self == Time::NEVER {
            self
        } else {
            Time(self.0.saturating_sub(nanos))
        }
    }

    /// The nanoseconds from `earlier` to this point; 0 when it is not earlier.
    pub fn since(self, earlier: Time) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// The longest time that a watchdog takes, in milliseconds.
pub const MAX_MS: u64 = i64::MAX as u64;

/// Milliseconds as nanoseconds. What does not fit is longer than any program runs.
pub fn nanos(ms: u64) -> u64 {
    ms.saturating_mul(1_000_000)
}

/// The timeout and the repeat interval of a watchdog, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    timeout_ms: u64,
    interval_ms: u64,
}

/// Why a pair of times was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadTimes {
    /// A timeout of 0 would always have passed.
    ZeroTimeout,
    /// The timeout, this many milliseconds, is over [`MAX_MS`].
    LongTimeout(u64),
    /// The interval, this many milliseconds, is over [`MAX_MS`].
    LongInterval(u64),
}

impl Times {
    /// A timeout of 1 to [`MAX_MS`] and an interval of 0 (once per missed feed) to
    /// [`MAX_MS`] milliseconds.
    pub fn new(timeout_ms: u64, interval_ms: u64) -> Result<Times, BadTimes> {
        if timeout_ms == 0 {
            Err(BadTimes::ZeroTimeout)
        } else if timeout_ms > MAX_MS {
            Err(BadTimes::LongTimeout(timeout_ms))
        } else if interval_ms > MAX_MS {
            Err(BadTimes::LongInterval(interval_ms))
        } else {
            Ok(Times { timeout_ms, interval_ms })
        }
    }

    /// The timeout in milliseconds.
    pub fn timeout_ms(self) -> u64 {
        self.timeout_ms
    }

    /// The interval in milliseconds.
    pub fn interval_ms(self) -> u64 {
        self.interval_ms
    }

    /// The timeout in nanoseconds.
    pub fn timeout(self) -> u64 {
        nanos(self.timeout_ms)
    }

    /// The interval in nanoseconds; 0: once per missed feed.
    pub fn interval(self) -> u64 {
        nanos(self.interval_ms)
    }
}
