//! The connection that an event is about.

/// Which way it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The process called out (`connect`, `sendto`).
    Outbound,
    /// The process was called (`accept`, `recvfrom`, `listen`).
    Inbound,
}

/// An address and its port, where known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint<'a> {
    /// The address or, where Falco resolved it, the name.
    pub address: &'a str,
    /// The port.
    pub port: Option<u16>,
}

/// One connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection<'a> {
    /// Which way it went, where the event says.
    pub direction: Option<Direction>,
    /// The end that was called: the right side of Falco's tuple `client->server`.
    pub server: Option<Endpoint<'a>>,
    /// The end that called.
    pub client: Option<Endpoint<'a>>,
    /// `tcp`, `udp`, ...
    pub protocol: Option<&'a str>,
    /// The field that the ends were read from.
    pub field: &'static str,
}

impl<'a> Connection<'a> {
    pub(super) fn of(get: &impl Fn(&str) -> Option<&'a str>, event: Option<&str>) -> Option<Self> {
        let direction = match event {
            Some("connect" | "sendto" | "sendmsg" | "sendmmsg") => Some(Direction::Outbound),
            Some("accept" | "accept4" | "listen" | "bind" | "recvfrom" | "recvmsg" | "recvmmsg") => {
                Some(Direction::Inbound)
            }
            _ => None,
        };
        let protocol = get("fd.l4proto");
        let tuple = ["fd.name", "fd.nameraw"].into_iter().find_map(|field| get(field)?.split_once("->"));
        if let Some((client, server)) = tuple {
            let (client, server) = (endpoint(client), endpoint(server));
            return Some(Self { direction, server, client, protocol, field: "fd.name" });
        }
        let port = |field| get(field).and_then(|text| text.parse().ok()).filter(|port| *port != 0);
        let end = |address: &str, port_field| get(address).map(|address| Endpoint { address, port: port(port_field) });
        let server = end("fd.sip", "fd.sport").or_else(|| end("fd.rip", "fd.rport"));
        let client = end("fd.cip", "fd.cport").or_else(|| end("fd.lip", "fd.lport"));
        if server.is_none() && client.is_none() {
            return None;
        }
        let field = if get("fd.sip").is_some() { "fd.sip" } else { "fd.rip" };
        Some(Self { direction, server, client, protocol, field })
    }

    /// The other side: the server of a call out, the client of a call in; the server where the way is not known.
    pub fn remote(&self) -> Option<Endpoint<'a>> {
        if self.direction == Some(Direction::Inbound) { self.client.or(self.server) } else { self.server }
    }
}

impl Endpoint<'_> {
    /// Whether the address is this machine's own loopback.
    pub fn is_loopback(&self) -> bool {
        let address = self.address.trim_start_matches("::ffff:");
        address.starts_with("127.") || address == "::1" || address == "localhost"
    }

    /// Whether the address is one that does not leave the organisation: loopback, RFC 1918, carrier-grade NAT,
    /// link-local, unique local.
    pub fn is_private(&self) -> bool {
        if self.is_loopback() {
            return true;
        }
        let text = self.address.trim_start_matches("::ffff:");
        match text.parse::<std::net::IpAddr>() {
            Ok(std::net::IpAddr::V4(v4)) => {
                let [a, b, ..] = v4.octets();
                v4.is_private() || v4.is_link_local() || (a == 100 && (64..128).contains(&b)) || v4.is_unspecified()
            }
            Ok(std::net::IpAddr::V6(v6)) => {
                let first = v6.segments()[0];
                first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80 || v6.is_unspecified()
            }
            Err(_) => false,
        }
    }
}

/// `address:port`; the port behind the last colon, so that IPv6 addresses keep theirs.
fn endpoint(text: &str) -> Option<Endpoint<'_>> {
    let text = text.trim();
    let (address, port) = match text.rsplit_once(':') {
        Some((address, port)) => (address, port.parse().ok()),
        None => (text, None),
    };
    let address = address.trim_start_matches('[').trim_end_matches(']');
    (!address.is_empty()).then_some(Endpoint { address, port })
}
