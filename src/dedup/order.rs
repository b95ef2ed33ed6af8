//! Lists through the table of groups: a group is in several of them at a constant cost.

/// No group.
pub(super) const NONE: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct Link {
    /// The group itself where it is in no list.
    before: u32,
    after: u32,
}

#[cfg(test)]
pub(super) const LINK_BYTES: usize = size_of::<Link>();

/// Both ends of a list: the least and the most recently added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ends {
    pub oldest: u32,
    newest: u32,
}

impl Default for Ends {
    fn default() -> Self {
        Self { oldest: NONE, newest: NONE }
    }
}

/// The links of one family of lists; a group is in at most one of a family.
#[derive(Debug, Default)]
pub(super) struct Links(Vec<Link>);

impl Links {
    /// Adds a group as the newest; it must be in no list of the family.
    pub fn add(&mut self, ends: &mut Ends, at: u32) {
        if self.0.len() <= at as usize {
            let from = self.0.len() as u32;
            self.0.extend((from..=at).map(|at| Link { before: at, after: NONE }));
        }
        self.0[at as usize] = Link { before: ends.newest, after: NONE };
        match self.0.get_mut(ends.newest as usize) {
            Some(newest) => newest.after = at,
            None => ends.oldest = at,
        }
        ends.newest = at;
    }

    /// Takes a group out, if it is in.
    pub fn remove(&mut self, ends: &mut Ends, at: u32) {
        let Some(link) = self.0.get_mut(at as usize).filter(|link| link.before != at) else { return };
        let Link { before, after } = std::mem::replace(link, Link { before: at, after: NONE });
        match self.0.get_mut(before as usize) {
            Some(link) => link.after = after,
            None => ends.oldest = after,
        }
        match self.0.get_mut(after as usize) {
            Some(link) => link.before = before,
            None => ends.newest = before,
        }
    }

    /// Makes a group the newest.
    pub fn renew(&mut self, ends: &mut Ends, at: u32) {
        if ends.newest != at {
            self.remove(ends, at);
            self.add(ends, at);
        }
    }

    /// The next newer group.
    pub fn after(&self, at: u32) -> u32 {
        self.0.get(at as usize).map_or(NONE, |link| link.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_keeps_its_order_through_changes() {
        let (mut links, mut ends) = (Links::default(), Ends::default());
        let list = |links: &Links, ends: &Ends| {
            let mut at = ends.oldest;
            let mut found = Vec::new();
            while at != NONE {
                found.push(at);
                at = links.after(at);
            }
            found
        };
        for at in [3, 0, 2, 1] {
            links.add(&mut ends, at);
        }
        assert_eq!(list(&links, &ends), [3, 0, 2, 1]);
        links.renew(&mut ends, 3);
        links.renew(&mut ends, 3);
        links.remove(&mut ends, 0);
        links.remove(&mut ends, 0);
        assert_eq!(list(&links, &ends), [2, 1, 3]);
        for at in [1, 2, 3] {
            links.remove(&mut ends, at);
        }
        assert_eq!(ends, Ends::default());
    }
}
