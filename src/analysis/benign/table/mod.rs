//! The rows, by theme.

mod audit;
mod build;
mod cluster;
mod data;
mod falco;
mod host;
mod images;
mod mounts;
mod own;
mod packages;
mod runtime;
mod security;
mod services;

use super::row::Row;

const TABLES: [&[Row]; 12] = [
    falco::ROWS,
    runtime::ROWS,
    cluster::ROWS,
    mounts::ROWS,
    host::ROWS,
    security::ROWS,
    services::ROWS,
    packages::ROWS,
    build::ROWS,
    data::ROWS,
    own::ROWS,
    audit::ROWS,
];

/// Every row.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    TABLES.into_iter().flatten()
}
