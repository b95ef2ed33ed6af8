//! Lists, in pages.

use super::{Service, group_id, not_kept};
use crate::journal::{Limits, Seq};
use crate::serve::cursor::{Page, QueryId, page_token, read_page_token};
use crate::serve::filter::Filter;
use crate::serve::{convert, proto};
use prost::Message as _;
use std::sync::Arc;
use tonic::Status;

const DEFAULT_PAGE: usize = 50;
const LARGEST_PAGE: usize = 500;
/// Clients take 4 MiB unless told otherwise: a page ends before that. One item alone is far smaller.
const PAGE_BYTES: usize = 2 * 1024 * 1024;
/// Reads for one page: a filter that lets little through gives a short page and a token to go on with.
const READS: usize = 16;
const READ: Limits = Limits { count: 256, bytes: 1024 * 1024 };

impl Service {
    pub(super) async fn list_groups(
        &self,
        request: proto::ListAnalysesRequest,
    ) -> Result<proto::ListAnalysesResponse, Status> {
        let filter = Filter::new(request.filter.as_ref())?;
        let size = page_size(request.page_size)?;
        let query = proto::ListAnalysesRequest { page_size: 0, page_token: String::new(), filter: request.filter };
        let query = QueryId::new("ListAnalyses", &query.encode_to_vec());
        let page = read_page_token(&request.page_token, self.journal.id(), query)?;
        let until = page.map_or_else(|| *self.journal.newest_analysis().borrow(), |page| page.until);
        let mut before = page.map(|page| page.at);
        let (mut analyses, mut bytes, mut more) = (Vec::new(), 0, true);
        'page: for _ in 0..READS {
            let floor = filter.floor();
            let batch = self.readers.read(move |reader| reader.list_groups(until, before, READ, floor)).await?;
            for found in batch.items {
                if analyses.len() >= size || bytes >= PAGE_BYTES {
                    break 'page;
                }
                before = Some(found.seq);
                if filter.matches(&found.analysis) {
                    let message = convert::analysis(Arc::unwrap_or_clone(found.analysis));
                    bytes += message.encoded_len();
                    analyses.push(message);
                }
            }
            more = batch.more;
            if !more {
                break;
            }
            before = Some(batch.next);
        }
        let next = before.filter(|_| more).map(|at| page_token(self.journal.id(), Page { at, until }, query));
        Ok(proto::ListAnalysesResponse { analyses, next_page_token: next.unwrap_or_default() })
    }

    pub(super) async fn list_members(
        &self,
        request: proto::ListAlertsRequest,
    ) -> Result<proto::ListAlertsResponse, Status> {
        let group = group_id(&request.group_id)?;
        let size = page_size(request.page_size)?;
        let query = QueryId::new("ListAlerts", group.as_bytes());
        let page = read_page_token(&request.page_token, self.journal.id(), query)?;
        let after = page.map_or(Seq::START, |page| page.at);
        let limits = Limits { count: size, bytes: PAGE_BYTES };
        let batch = self
            .readers
            .read(move |reader| {
                if reader.latest_of_group(group)?.is_none() {
                    return Ok(None);
                }
                reader.alerts_of_group(group, after, limits).map(Some)
            })
            .await?
            .ok_or_else(|| not_kept(group))?;
        let alerts = batch.items.iter().map(|stored| convert::alert(&stored.alert)).collect();
        let next = Page { at: batch.next, until: Seq::START };
        let next = if batch.more { page_token(self.journal.id(), next, query) } else { String::new() };
        Ok(proto::ListAlertsResponse { alerts, next_page_token: next })
    }
}

/// What a request's `page_size` means.
fn page_size(asked: i32) -> Result<usize, Status> {
    match usize::try_from(asked) {
        Ok(0) => Ok(DEFAULT_PAGE),
        Ok(size) => Ok(size.min(LARGEST_PAGE)),
        Err(_) => Err(Status::invalid_argument(format!("`page_size`: {asked} is negative"))),
    }
}
