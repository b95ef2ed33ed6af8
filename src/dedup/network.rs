//! Connections: which port is the client's.

use super::mask::HOLE;

/// The lowest port that Linux hands out to clients by default (`net.ipv4.ip_local_port_range`). Services, Kubernetes'
/// node ports included, lie below.
const FIRST_EPHEMERAL: u32 = 32_768;

/// `client:port->server:port`, as Falco writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Connection {
    /// Where the client's port begins and ends in the text.
    start: usize,
    end: usize,
    client: u32,
    server: u32,
}

impl Connection {
    /// Reads a connection; `None` where the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        if !text.starts_with(|c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '[')) {
            return None;
        }
        let (from, to) = text.split_once("->")?;
        let (address, client) = from.rsplit_once(':')?;
        let (_, server) = to.rsplit_once(':')?;
        let port = |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
        Some(Self { start: address.len() + 1, end: from.len(), client: port(client)?, server: port(server)? })
    }

    /// Whether the client's port was handed out for this one connection.
    pub fn is_ephemeral(self) -> bool {
        self.client >= FIRST_EPHEMERAL
    }

    /// Whether a port is the client's, and was handed out.
    pub fn masks(self, port: &str) -> bool {
        self.is_ephemeral() && self.client != self.server && port.parse() == Ok(self.client)
    }

    /// Whether something is taken out of the text.
    pub fn masked_in(self, text: &str) -> bool {
        self.is_ephemeral() && !text.contains(HOLE)
    }

    /// The text around the client's port; all of it, and nothing, where the port stays.
    pub fn around(self, text: &str) -> (&str, &str) {
        if self.is_ephemeral() { (&text[..self.start], &text[self.end..]) } else { (text, "") }
    }

    /// The text with the client's port taken out.
    pub fn masked(self, text: &str) -> Option<String> {
        if !self.masked_in(text) {
            return None;
        }
        let (before, after) = self.around(text);
        Some(format!("{before}{HOLE}{after}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_client_s_ephemeral_port_is_taken_out() {
        let masked = |text: &str| Connection::parse(text).and_then(|c| c.masked(text)).map(|m| m.replace(HOLE, "*"));
        let check = |text: &str, expect: Option<&str>| assert_eq!(masked(text).as_deref(), expect, "{text}");
        check("10.0.0.1:45000->10.0.0.2:443", Some("10.0.0.1:*->10.0.0.2:443"));
        check("10.0.0.1:45000->10.0.0.2:45001", Some("10.0.0.1:*->10.0.0.2:45001"));
        check("10.0.0.1:22->10.0.0.2:45000", None);
        check("10.0.0.1:30080->10.0.0.2:443", None);
        check("[2001:db8::1]:45000->[2001:db8::2]:443", Some("[2001:db8::1]:*->[2001:db8::2]:443"));
        check("/tmp/a->b", None);
        check("10.0.0.1:45000->evil", None);
    }
}
