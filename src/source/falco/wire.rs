//! Protobuf's wire format, as far as Falco's messages need it: read in place, without a copy.
//!
//! Falco's proto says `string`, and Falco has sent bytes that are no UTF-8; generated code either refuses those or copies
//! every value. This reads a message's fields as slices of it. The format: <https://protobuf.dev/programming-guides/encoding>.

/// The fields of a message, in the order of the wire.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// A number.
    Varint(u64),
    /// Text, bytes, or a message.
    Bytes(&'a [u8]),
    /// A number of fixed width; no field of Falco's is one.
    Fixed,
}

/// The bytes are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum WireError {
    #[error("it ends within a field")]
    Truncated,
    #[error("a number is longer than 10 bytes")]
    Varint,
    #[error("a field has the number 0")]
    FieldZero,
    #[error("field {field} has the wire type {wire_type}")]
    Type { field: u64, wire_type: u64 },
}

impl<'a> Fields<'a> {
    pub(super) fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The next field's number and value; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Value<'a>)>, WireError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = self.varint()?;
        let (field, wire_type) = (key >> 3, key & 7);
        if field == 0 {
            return Err(WireError::FieldZero);
        }
        let value = match wire_type {
            0 => Value::Varint(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.take(usize::try_from(length).map_err(|_| WireError::Truncated)?)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            _ => return Err(WireError::Type { field, wire_type }),
        };
        Ok(Some((field, value)))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(WireError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, WireError> {
        let mut number = 0;
        for (n, &byte) in self.rest.iter().enumerate().take(10) {
            number |= u64::from(byte & 0x7f) << (7 * n);
            if byte < 0x80 {
                self.rest = &self.rest[n + 1..];
                return Ok(number);
            }
        }
        Err(if self.rest.len() < 10 { WireError::Truncated } else { WireError::Varint })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(message: &[u8]) -> Result<Vec<(u64, Value<'_>)>, WireError> {
        let mut fields = Fields::of(message);
        std::iter::from_fn(|| fields.next().transpose()).collect()
    }

    #[test]
    fn fields_are_read_in_place_and_in_order() {
        let message = b"\x10\x04\x22\x01R\x0d1234\x09123456789\x08\x96\x01"; // the 9 belongs to the next field's key
        assert!(all(message).is_err());
        let message = b"\x10\x04\x22\x01R\x0d1234\x0912345678\x08\x96\x01\x32\x00";
        let expected = [
            (2, Value::Varint(4)),
            (4, Value::Bytes(b"R")),
            (1, Value::Fixed),
            (1, Value::Fixed),
            (1, Value::Varint(150)),
            (6, Value::Bytes(b"")),
        ];
        assert_eq!(all(message).unwrap(), expected);
        assert_eq!(all(b"").unwrap(), []);
    }

    #[test]
    fn what_is_no_message_says_why() {
        assert_eq!(all(b"\x22\x05R"), Err(WireError::Truncated));
        assert_eq!(all(b"\x22\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01R"), Err(WireError::Truncated));
        assert_eq!(all(b"\x80"), Err(WireError::Truncated));
        assert_eq!(all(&[0xff; 11]), Err(WireError::Varint));
        assert_eq!(all(b"\x02\x00"), Err(WireError::FieldZero));
        assert_eq!(all(b"\x0b"), Err(WireError::Type { field: 1, wire_type: 3 }));
    }
}
