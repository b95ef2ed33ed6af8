//! Falco's priorities.

use serde::{Deserialize, Serialize};

/// Falco's eight priorities, most urgent first, as in syslog. `Ord` follows urgency: `Debug < Emergency`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Priority {
    /// 0
    Emergency = 0,
    /// 1
    Alert = 1,
    /// 2
    Critical = 2,
    /// 3
    Error = 3,
    /// 4
    Warning = 4,
    /// 5
    Notice = 5,
    /// 6
    Informational = 6,
    /// 7
    Debug = 7,
}

impl Priority {
    /// All of them, most urgent first.
    pub const ALL: [Self; 8] = [
        Self::Emergency,
        Self::Alert,
        Self::Critical,
        Self::Error,
        Self::Warning,
        Self::Notice,
        Self::Informational,
        Self::Debug,
    ];

    /// Falco's number (`falco.schema.priority`): 0 is the most urgent.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The priority of Falco's number.
    pub fn from_number(number: i32) -> Option<Self> {
        usize::try_from(number).ok().and_then(|n| Self::ALL.get(n).copied())
    }

    /// Falco's name as its JSON spells it (`Warning`).
    pub fn name(self) -> &'static str {
        match self {
            Self::Emergency => "Emergency",
            Self::Alert => "Alert",
            Self::Critical => "Critical",
            Self::Error => "Error",
            Self::Warning => "Warning",
            Self::Notice => "Notice",
            Self::Informational => "Informational",
            Self::Debug => "Debug",
        }
    }

    /// The priority of a name in any case; `info` and `informational` are the same, as in Falco's rules.
    pub fn from_name(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("info") {
            return Some(Self::Informational);
        }
        Self::ALL.into_iter().find(|p| p.name().eq_ignore_ascii_case(name))
    }
}

impl Ord for Priority {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.number().cmp(&self.number())
    }
}

impl PartialOrd for Priority {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for Priority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case_and_order_follows_urgency() {
        assert_eq!(Priority::from_name("WARNING"), Some(Priority::Warning));
        assert_eq!(Priority::from_name("info"), Some(Priority::Informational));
        assert_eq!(Priority::from_name("urgent"), None);
        assert!(Priority::Critical > Priority::Notice);
        for priority in Priority::ALL {
            assert_eq!(Priority::from_number(i32::from(priority.number())), Some(priority));
        }
        assert_eq!(Priority::from_number(8), None);
        assert_eq!(Priority::from_number(-1), None);
    }
}
