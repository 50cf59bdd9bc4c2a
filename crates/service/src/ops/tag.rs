//! Operations on tags.

mod list_resource_tags;
mod tag_resource;
mod untag_resource;
