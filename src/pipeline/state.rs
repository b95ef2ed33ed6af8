//! What the journal kept of the pipeline's state. Damage is counted and said, and never keeps lanner from starting: alerts
//! that are grouped anew are worth more than none.

use crate::analysis::past::{Opening, Past};
use crate::dedup::{Damage, Dedup, Settings};
use crate::journal::{Limits, ReadError, Reader, Seq};

/// The live groups, and what they share.
pub(super) fn dedup(reader: &Reader, settings: Settings) -> Result<Dedup, ReadError> {
    let (mut live, mut damaged, mut after) = (Vec::new(), 0, Seq::START);
    loop {
        let batch = reader.live_groups(after, Limits::default())?;
        damaged += batch.damaged;
        live.extend(batch.items.into_iter().map(|(_, state)| state));
        if !batch.more {
            break;
        }
        after = batch.next;
    }
    let (dedup, Damage { groups, shared }) = Dedup::restore(settings, live, reader.shared_state()?);
    let groups = groups + damaged;
    if groups > 0 {
        tracing::error!(groups, "live groups in the journal are damaged; their alerts open new ones");
    }
    if shared > 0 {
        tracing::error!(
            records = shared,
            "what live groups share is damaged in the journal: hosts' clocks and counters of new groups begin anew, and \
             groups may be kept for longer than they can grow"
        );
    }
    if dedup.settings_changed() {
        tracing::warn!(
            "the dedup settings have changed: open groups keep their windows, alerts from now on are grouped by the new \
             settings, and what was grouped before stays as it is"
        );
    }
    Ok(dedup)
}

/// What history knows of earlier groups.
pub(super) fn past(reader: &Reader) -> Result<Past, ReadError> {
    let (mut past, mut unread) = (Past::default(), 0);
    let rows = reader.openings(|_, bytes| match rmp_serde::from_slice::<Opening>(bytes) {
        Ok(opening) => past.remember(&opening),
        Err(_) => unread += 1,
    })?;
    if rows + unread > 0 {
        tracing::error!(
            rows,
            entries = unread,
            "the journal's history is damaged: what cannot be read is passed over, and analyses know less of the past"
        );
    }
    Ok(past)
}

#[cfg(test)]
mod tests {
    use crate::alert::{Alert, AlertBuilder, Context, Priority, Time};
    use crate::analysis::rules::files::RuleBook;
    use crate::dedup::Settings;
    use crate::journal::{Journal, Limits, Received, Seq, Settings as JournalSettings};
    use crate::pipeline::start;
    use std::path::Path;
    use std::sync::Arc;
    use tokio::runtime::Runtime;
    use tokio_util::sync::CancellationToken;

    fn alert(seconds: i64, file: &str) -> Alert {
        let builder = AlertBuilder::new().rule("R").time(Time::from_nanos(seconds * 1_000_000_000));
        builder.priority(Priority::Notice).field("fd.name", file).build().unwrap()
    }

    /// Appends alerts, and answers which groups they are in once the pipeline has read all and ended.
    fn run(runtime: &Runtime, path: &Path, alerts: Vec<Alert>) -> Vec<Option<u64>> {
        let (journal, thread) = Journal::open(JournalSettings::new(path)).unwrap();
        let received = journal.now();
        let context = Arc::new(Context::default());
        let alerts = alerts.into_iter().map(|alert| Received { alert, context: Arc::clone(&context), received });
        runtime.block_on(journal.append(alerts.collect())).unwrap();
        let stop = CancellationToken::new();
        stop.cancel();
        let (_narrated, narratives) = tokio::sync::mpsc::channel(1);
        let message = Box::new(|_, _: &mut Vec<u8>| None);
        let handle = runtime.handle().clone();
        let pipeline =
            start(journal.clone(), Settings::default(), RuleBook::default(), message, narratives, handle, stop);
        pipeline.expect("it starts").join().unwrap();
        let mut reader = journal.reader().unwrap();
        let kept = reader.alerts_after(Seq::START, Limits::default()).unwrap();
        let groups = kept.items.iter().map(|one| reader.group_of(one.seq).unwrap().map(Seq::get)).collect();
        thread.stop();
        groups
    }

    #[test]
    fn a_damaged_state_is_left_out_and_what_is_whole_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let runtime = Runtime::new().unwrap();
        assert_eq!(run(&runtime, &path, vec![alert(0, "/x"), alert(0, "/y")]), [Some(1), Some(2)]);
        let sql = rusqlite::Connection::open(&path).unwrap();
        let damage = |statement: &str| assert!(sql.execute(statement, []).unwrap() > 0, "{statement}");
        damage("UPDATE live SET body = substr(body, 1, 20) WHERE number = 1");
        let groups = run(&runtime, &path, vec![alert(1, "/x"), alert(1, "/y")]);
        assert_eq!(groups, [Some(1), Some(2), Some(3), Some(2)]);
        damage("UPDATE live SET body = 'no bytes' WHERE number = 3");
        damage("UPDATE shared SET body = x'c1'");
        damage("UPDATE openings SET body = x'ff'");
        let groups = run(&runtime, &path, vec![alert(2, "/x"), alert(2, "/y")]);
        assert_eq!(groups[4..], [Some(5), Some(2)]);
    }
}
