//! Bounds on reading one command line.

/// Bytes of input that are read; what lies beyond is digested.
pub const MAX_INPUT: usize = 64 * 1024;
/// Depth of nesting: scripts in scripts, compound commands, expansions in expansions.
pub const MAX_DEPTH: usize = 16;
/// Commands of one command line, at all depths.
pub const MAX_COMMANDS: usize = 1024;
/// Words of one command line, at all depths.
pub const MAX_WORDS: usize = 16 * 1024;

/// What is left of the bounds while one command line is read.
#[derive(Debug)]
pub(super) struct Budget {
    pub commands: usize,
    pub words: usize,
    /// Bytes that may still be read, counting every byte again each time that nested text is
    /// read again: this is what keeps the whole linear.
    pub bytes: usize,
    /// How often an opening double quote that found no partner may still be read again.
    pub rereads: u8,
    /// Depth of the script that is being read.
    pub depth: usize,
}

impl Budget {
    pub fn new(length: usize) -> Self {
        Budget { commands: MAX_COMMANDS, words: MAX_WORDS, bytes: length * 12 + 1024, rereads: 8, depth: 0 }
    }

    /// Goes one level deeper, unless that is too deep.
    pub fn enter(&mut self) -> bool {
        if self.depth >= MAX_DEPTH {
            return false;
        }
        self.depth += 1;
        true
    }

    pub fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Takes `count` bytes, if so many are left.
    pub fn take_bytes(&mut self, count: usize) -> bool {
        match self.bytes.checked_sub(count) {
            Some(left) => {
                self.bytes = left;
                true
            }
            None => false,
        }
    }
}

/// Digest of text that is not parsed, and of what was not parsed before it.
pub(super) fn digest(before: Option<[u8; 16]>, text: &str) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&before.unwrap_or_default());
    hasher.update(text.as_bytes());
    let mut short = [0; 16];
    short.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    short
}
