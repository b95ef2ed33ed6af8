//! What a row of the table of benign causes says about an alert: the contract between `benign` and `verdict`.

/// How strongly a benign cause is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// It fits, and rests on the command alone, or on one field that the process cannot choose.
    Weak,
    /// Two independent fields that the process cannot choose show it, or one where the whole command is specific and
    /// harmless; nothing of the command is left over.
    Strong,
}

/// One benign cause that the alert shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BenignHit {
    /// The row of the table.
    pub id: &'static str,
    /// The activity, as a sentence's subject: `Falco's driver loader asks dkms for the installed driver`.
    pub activity: String,
    /// How strongly it is shown.
    pub strength: Strength,
    /// The field that it rests on most, as Falco names it.
    pub field: String,
    /// Its value.
    pub value: String,
    /// Why it counts, in one sentence.
    pub reason: String,
    /// What would confirm it: a command to run, or what to look at.
    pub confirm: String,
    /// What an attacker would have to do to look the same.
    pub imitation: String,
}
