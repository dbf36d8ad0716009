//! Pictures of every screen from the running product, three sizes, light and dark.

use std::path::PathBuf;

use crate::context::Context;
use crate::run::{self, Failure, Result};
use crate::test;

/// Builds what is shown, then lets e2e photograph it into `out`.
pub fn run(context: &Context, out: Option<&str>) -> Result<()> {
    let folder = out.map_or_else(|| context.root.join("e2e").join("output").join("screenshots"), PathBuf::from);
    let folder = if folder.is_absolute() { folder } else { context.root.join(folder) };
    test::build_product(context)?;
    let (passed, _) = run::pass_on(test::e2e(context, "screenshots").env("PORTICO_SCREENSHOTS", &folder))?;
    if passed {
        println!("screenshots: {}", folder.display());
        Ok(())
    } else {
        Err(Failure("the screenshots could not be taken; the lines above say why".to_owned()))
    }
}
