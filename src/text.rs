//! Text in a buffer of fixed size, for where nothing may be allocated.

use std::fmt;

/// Writes as much as fits, and a zero behind it.
pub struct Cursor<'a> {
    buffer: &'a mut [u8],
    length: usize,
}

impl<'a> Cursor<'a> {
    /// At the beginning of a buffer, which is not empty.
    pub fn new(buffer: &'a mut [u8]) -> Cursor<'a> {
        buffer[0] = 0;
        Cursor { buffer, length: 0 }
    }

    /// What was written.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[..self.length]
    }
}

impl fmt::Write for Cursor<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.buffer.len() - 1 - self.length;
        let fits = (0..=text.len().min(room)).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        self.buffer[self.length..self.length + fits].copy_from_slice(&text.as_bytes()[..fits]);
        self.length += fits;
        self.buffer[self.length] = 0;
        if fits == text.len() {
            Ok(())
        } else {
            Err(fmt::Error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    #[test]
    fn what_does_not_fit_is_cut_off_between_characters() {
        let mut buffer = [b'~'; 8];
        assert!(Cursor::new(&mut buffer).write_str("ab\u{20ac}\u{20ac}").is_err());
        assert_eq!(&buffer[..6], "ab\u{20ac}\0".as_bytes());
        assert!(Cursor::new(&mut buffer).write_str("1234567").is_ok());
        assert_eq!(&buffer, b"1234567\0");
    }
}
