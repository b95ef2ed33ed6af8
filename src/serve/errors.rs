//! The one place where errors become gRPC statuses.

use super::cursor::CursorError;
use super::filter::FilterError;
use super::readers::PoolError;
use crate::journal::ReadError;
use tonic::Status;

impl From<FilterError> for Status {
    fn from(error: FilterError) -> Self {
        Self::invalid_argument(error.to_string())
    }
}

impl From<CursorError> for Status {
    fn from(error: CursorError) -> Self {
        let text = error.to_string();
        match error {
            CursorError::Malformed { .. } | CursorError::OtherQuery => Self::invalid_argument(text),
            CursorError::OtherJournal { .. } | CursorError::Future { .. } => Self::failed_precondition(text),
        }
    }
}

impl From<PoolError> for Status {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Read(error) => error.into(),
            PoolError::Ended => Self::unavailable("lanner is shutting down"),
        }
    }
}

impl From<ReadError> for Status {
    fn from(error: ReadError) -> Self {
        tracing::warn!(%error, "cannot read the journal for a client");
        match error {
            ReadError::Damaged(_) => Self::data_loss(error.to_string()),
            ReadError::Sql(_) => Self::unavailable(error.to_string()),
        }
    }
}
