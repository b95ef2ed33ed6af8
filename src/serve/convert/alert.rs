//! An alert.

use crate::alert::Alert;
use crate::serve::proto;

/// The alert as a message.
pub fn alert(alert: &Alert) -> proto::Alert {
    proto::Alert {
        id: alert.id().to_string(),
        time: Some(alert.time().into()),
        rule: alert.rule().to_owned(),
        priority: super::priority(alert.priority()).into(),
        source: alert.source().to_owned(),
        hostname: alert.hostname().to_owned(),
        output: alert.output().to_owned(),
        tags: alert.tags().map(str::to_owned).collect(),
        output_fields: alert.fields().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        fields_inferred: alert.fields_inferred(),
        cut: alert.is_cut(),
    }
}
