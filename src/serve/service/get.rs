//! Finding one analysis.

use super::{Service, not_kept};
use crate::dedup::GroupId;
use crate::journal::StoredAnalysis;
use tonic::Status;

impl Service {
    /// The newest revision of a group (`revision` 0), or a certain one.
    pub(super) async fn find(&self, group: GroupId, revision: u32) -> Result<StoredAnalysis, Status> {
        if revision == 0 {
            let found = self.readers.read(move |reader| reader.latest_of_group(group)).await?;
            return found.ok_or_else(|| not_kept(group));
        }
        if let Some(found) = self.readers.read(move |reader| reader.analysis(group, revision)).await? {
            return Ok(found);
        }
        let newest = self.find_newest_revision(group).await?;
        Err(Status::not_found(format!("revision {revision} of the group {group} is not kept; its newest is {newest}")))
    }

    async fn find_newest_revision(&self, group: GroupId) -> Result<u32, Status> {
        let found = self.readers.read(move |reader| reader.latest_of_group(group)).await?;
        found.map(|found| found.analysis.group.revision).ok_or_else(|| not_kept(group))
    }
}
