//! What a procedure takes over from an overlay (叠加): all of it, or without some relations (`不用`), or resting on other
//! statutes than those that hold for another kind of act (`换依据`).

use crate::source::{Errors, Node, Scalar};
use std::collections::BTreeSet;

const WITHOUT: &str = "不用";
const INSTEAD: &str = "换依据";
const BASIS: &str = "依据";

/// The nodes of every overlay that a procedure names.
pub(super) fn laid_over(header: &Node, overlays: &[&Node], errors: &Errors) -> Vec<Node> {
    let mut all = Vec::new();
    for laid in header.all("叠加") {
        laid.only(&[WITHOUT, INSTEAD], &[], errors);
        let changes = Changes::of(laid, errors);
        let mut unused = changes.names();
        for scalar in &laid.arguments {
            let Some(word) = scalar.text(errors) else {
                continue;
            };
            let named = |overlay: &&&Node| {
                let name = overlay.arguments.first();
                name.is_some_and(|name| name.value.to_string() == word)
            };
            let Some(overlay) = overlays.iter().find(named) else {
                let seen = format!("没有叠加“{word}”");
                errors.add(&scalar.place, seen, "overlays/ 里的名称");
                continue;
            };
            for node in &overlay.children {
                all.extend(changes.applied(node, &mut unused));
            }
        }
        for name in unused {
            let seen = format!("“{name}”在叠加里没有用到");
            errors.add(&laid.place, seen, "叠加里有的关系编号、依据的法源");
        }
    }
    all
}

/// What is different in this procedure.
struct Changes<'a> {
    without: Vec<&'a str>,
    /// A statute, and what stands in its place.
    instead: Vec<(&'a str, &'a [Scalar])>,
}

impl<'a> Changes<'a> {
    fn of(laid: &'a Node, errors: &Errors) -> Changes<'a> {
        let without = laid.words(WITHOUT, errors);
        let instead = laid.all(INSTEAD).filter_map(|node| {
            let (statute, others) = node.arguments.split_first()?;
            if others.is_empty() {
                let seen = format!("“{INSTEAD}”只写了一个法源");
                errors.add(&node.place, seen, "先写原来的法源代号，再写换成的依据");
            }
            Some((statute.text(errors)?, others))
        });
        Changes {
            without: without.into_iter().map(|(id, _)| id).collect(),
            instead: instead.collect(),
        }
    }

    fn names(&self) -> BTreeSet<&'a str> {
        let statutes = self.instead.iter().map(|(statute, _)| *statute);
        self.without.iter().copied().chain(statutes).collect()
    }

    /// The node as it holds in this procedure, if it does.
    fn applied(&self, node: &Node, unused: &mut BTreeSet<&'a str>) -> Option<Node> {
        let id = node.arguments.first().map(|id| id.value.to_string());
        let dropped = self.without.iter().find(|it| id.as_deref() == Some(**it));
        if let Some(dropped) = dropped {
            unused.remove(dropped);
            return None;
        }
        let mut node = node.clone();
        for basis in node.children.iter_mut().filter(|it| it.name == BASIS) {
            for (statute, others) in &self.instead {
                let before = basis.arguments.len();
                basis.arguments.retain(|cite| !cites(cite, statute));
                if basis.arguments.len() < before {
                    unused.remove(statute);
                    basis.arguments.extend_from_slice(others);
                }
            }
        }
        Some(node)
    }
}

/// Whether a citation such as `XZCF58第2款` is one of this statute: its code, and then an article or nothing.
fn cites(cite: &Scalar, statute: &str) -> bool {
    let text = cite.value.to_string();
    let rest = text.strip_prefix(statute);
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceFile, read};

    const OVERLAY: &str = "叠加 review {\n\
        前提 A { 依据 XZCF57 XZCF58第2款 GB118; }\n\
        要件 B { 依据 XZCFX1; }\n\
        要件 C { 依据 GB118; }\n}\n";

    /// Each relation with what it rests on; or every mistake.
    fn laid(header: &str) -> Result<Vec<(String, Vec<String>)>, String> {
        let errors = Errors::default();
        let nodes = |text: &str| {
            let file = SourceFile {
                path: "x.kdl".to_owned(),
                text: text.to_owned(),
            };
            read(&file, &errors)
        };
        let (overlays, header) = (nodes(OVERLAY), nodes(&format!("程序 p {{ {header}; }}\n")));
        let overlays: Vec<&Node> = overlays.iter().collect();
        let found = laid_over(&header[0], &overlays, &errors);
        let texts = |node: &Node| -> Vec<String> {
            let texts = node.arguments.iter().map(|it| it.value.to_string());
            texts.collect()
        };
        let lines = found.iter().map(|node| {
            let basis = node.all(BASIS).flat_map(texts).collect();
            (texts(node).concat(), basis)
        });
        let lines = lines.collect();
        errors.finish().map_err(|errors| errors.to_string())?;
        Ok(lines)
    }

    fn line(id: &str, basis: &[&str]) -> (String, Vec<String>) {
        let basis = basis.iter().map(|it| (*it).to_owned());
        (id.to_owned(), basis.collect())
    }

    #[test]
    fn an_overlay_holds_whole_unless_the_procedure_says_otherwise() {
        let whole = [
            line("A", &["XZCF57", "XZCF58第2款", "GB118"]),
            line("B", &["XZCFX1"]),
            line("C", &["GB118"]),
        ];
        assert_eq!(laid("叠加 review").unwrap(), whole);
    }

    #[test]
    fn a_procedure_rests_on_its_own_statutes_and_leaves_out_what_does_not_hold() {
        let laid = laid("叠加 review { 换依据 XZCF XZQZ18 FANGAN; 不用 C; }").unwrap();
        let expected = [
            line("A", &["GB118", "XZQZ18", "FANGAN"]),
            line("B", &["XZCFX1"]),
        ];
        assert_eq!(
            laid, expected,
            "of the statute itself, not of one whose code begins alike"
        );
    }

    #[test]
    fn what_changes_nothing_is_a_mistake() {
        for (header, expected) in [
            ("叠加 reviews", "没有叠加“reviews”"),
            ("叠加 review { 不用 D; }", "“D”在叠加里没有用到"),
            (
                "叠加 review { 换依据 XZXK XZQZ18; }",
                "“XZXK”在叠加里没有用到",
            ),
            ("叠加 review { 换依据 XZCF; }", "只写了一个法源"),
            ("叠加 review { 除外 A; }", "不认识的“除外”"),
        ] {
            let error = laid(header).unwrap_err();
            assert!(error.contains(expected), "{header}: {error}");
        }
    }
}
