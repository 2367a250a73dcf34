//! What a request sends, read before its handler: each is whole and bounded, or the request is answered here.

use super::problem::Failure;
use super::{Caller, LARGEST_BODY_BYTES, LINES, LINES_MAX};
use app::FieldError;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;
use law::fact::hidden_character;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use std::collections::BTreeMap;

/// The header that names a request: the same request sent again is answered and not done again.
pub(super) const KEY: &str = "idempotency-key";
/// The most characters of such a key.
const KEY_LONGEST: usize = 128;

/// A part of the address.
pub(super) struct Named<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(name)) => Ok(Named(name)),
            Err(_) => Err(Failure::NotFound("没有这个地址")),
        }
    }
}

/// What stands behind the question mark: each name once, without hidden characters.
pub(super) struct Queried(pub(super) BTreeMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Queried {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let text = parts.uri.query().unwrap_or_default();
        let mut query: BTreeMap<String, String> = BTreeMap::new();
        let mut errors = Vec::new();
        for (name, value) in form_urlencoded::parse(text.as_bytes()).into_owned() {
            let mut wrong = |text: String| {
                errors.push(FieldError {
                    field: name.clone(),
                    text,
                });
            };
            if let Some((at, c)) = hidden_character(&value) {
                wrong(format!(
                    "第{at}个字是看不见的控制字符（U+{:04X}），请删去",
                    u32::from(c)
                ));
            }
            if query.contains_key(&name) {
                wrong("写了不止一次，请只写一次".to_owned());
            }
            query.insert(name, value);
        }
        if errors.is_empty() {
            Ok(Queried(query))
        } else {
            Err(Failure::Values(errors))
        }
    }
}

impl Queried {
    /// A value that says something.
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// One of a few words.
    pub(super) fn word(
        &self,
        name: &str,
        words: &[&'static str],
    ) -> Result<Option<&'static str>, Failure> {
        let Some(given) = self.one(name) else {
            return Ok(None);
        };
        match words.iter().find(|word| **word == given) {
            Some(word) => Ok(Some(word)),
            None => Err(Failure::field(
                name,
                format!("“{given}”不能用，可以写：{}", words.join("、")),
            )),
        }
    }

    /// How many lines are wanted.
    pub(super) fn limit(&self) -> Result<u32, Failure> {
        let Some(given) = self.one("limit") else {
            return Ok(LINES);
        };
        match given.parse() {
            Ok(limit) if (1..=LINES_MAX).contains(&limit) => Ok(limit),
            _ => Err(Failure::field(
                "limit",
                format!("应为1到{LINES_MAX}的整数，写的是“{given}”"),
            )),
        }
    }

    /// Where the page before ended, as that page said it.
    pub(super) fn after<T>(&self, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Failure> {
        match self.one("after").map(read) {
            None => Ok(None),
            Some(Some(place)) => Ok(Some(place)),
            Some(None) => Err(Failure::field(
                "after",
                "应为上一页回答里的 next，原样写在这里",
            )),
        }
    }
}

/// What every list takes beside its own conditions.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "described here; what is sent is read by `Queried`"
)]
pub(super) struct Paging {
    /// 上一页的 next
    after: Option<String>,
    /// 最多几行，缺省50
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Cuts what was read to the lines that are wanted; the last of them, if more follow.
pub(super) fn cut<T>(lines: &mut Vec<T>, limit: u32) -> Option<&T> {
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = lines.len() > wanted;
    lines.truncate(wanted);
    lines.last().filter(|_| more)
}

/// The key of a request, as the record keeps it: apart for each account, so that two programs do not meet in one key and
/// none meets a key of our own.
pub(super) struct Key(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let account = match parts.extensions.get::<Caller>() {
            Some(Caller(actor)) => actor.account.clone(),
            None => return Err(Failure::Unauthenticated { was_given: false }),
        };
        let key =
            own_key(&parts.headers).map_err(|text| Failure::field("Idempotency-Key", text))?;
        Ok(Key(format!("api:{account}:{key}")))
    }
}

fn own_key(headers: &HeaderMap) -> Result<&str, String> {
    let mut values = headers.get_all(KEY).iter();
    let value = match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().unwrap_or_default().trim(),
        (None, _) => {
            return Err(
                "请求头 Idempotency-Key 必须写：每个新的请求一个新的键，重发时用原来的键"
                    .to_owned(),
            );
        }
        (Some(_), Some(_)) => return Err("请求头 Idempotency-Key 只能写一个".to_owned()),
    };
    // The draft standard of the header writes it in quotation marks; most programs do not.
    let bare = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(value);
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.~".contains(c);
    if bare.is_empty() || bare.len() > KEY_LONGEST || !bare.chars().all(fits) {
        return Err(format!(
            "请求头 Idempotency-Key 应为1到{KEY_LONGEST}个字母、数字或者 - _ . ~，例如一个 UUID"
        ));
    }
    Ok(bare)
}

/// A body of JSON.
pub(super) struct Sent<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Sent<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        if media_type(request.headers()) != Some("application/json") {
            return Err(Failure::MediaType {
                wanted: "application/json",
            });
        }
        let body = whole(request).await?;
        read(&body).map(Sent)
    }
}

/// The media type of a body, without its parameters.
pub(super) fn media_type(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or(value).trim())
}

async fn whole(request: Request) -> Result<Vec<u8>, Failure> {
    let mut pieces = request.into_body().into_data_stream();
    let mut body = Vec::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Failure::Unreadable {
            text: "内容没有发完就断了，没有记录。".to_owned(),
            place: None,
        })?;
        if body.len() + piece.len() > LARGEST_BODY_BYTES {
            return Err(Failure::TooLarge(format!(
                "一个请求最多{}，没有记录。文件请先上传，再写它的编号。",
                crate::wording::size(LARGEST_BODY_BYTES.try_into().unwrap_or(u64::MAX))
            )));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut reader);
    let unreadable = |error: &serde_json::Error| Failure::Unreadable {
        text: format!(
            "内容不是 JSON：第{}行第{}个字节处读不下去（{error}）。",
            error.line(),
            error.column()
        ),
        place: Some((error.line(), error.column())),
    };
    match read {
        Ok(value) => match reader.end() {
            Ok(()) => Ok(value),
            Err(error) => Err(unreadable(&error)),
        },
        Err(error) => match error.inner().classify() {
            Category::Data => {
                let field = match error.path().to_string().as_str() {
                    "." => String::new(),
                    path => path.to_owned(),
                };
                Err(Failure::field(&field, chinese(&error.inner().to_string())))
            }
            Category::Io | Category::Syntax | Category::Eof => Err(unreadable(error.inner())),
        },
    }
}

/// The usual sentences of the reader, in Chinese; what our own values say of themselves is Chinese already.
fn chinese(sentence: &str) -> String {
    // The reader adds the place, which the field says better.
    let text = match sentence.rsplit_once(" at line ") {
        Some((text, _)) => text,
        None => sentence,
    };
    let ways = [
        ("missing field ", "缺少"),
        ("unknown field ", "没有这一项："),
        ("duplicate field ", "写了不止一次："),
        ("invalid type: ", "类型不对："),
        ("invalid value: ", "值不对："),
        ("invalid length ", "长度不对："),
    ];
    let told = ways.iter().find_map(|(english, chinese)| {
        let rest = text.strip_prefix(english)?;
        Some(format!("{chinese}{rest}"))
    });
    told.unwrap_or_else(|| text.to_owned())
        .replace(", expected one of ", "，可以写：")
        .replace(", expected ", "，应为：")
        .replace(", there are no fields", "，这里什么都不写")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn keyed(value: &'static str) -> Result<String, String> {
        let mut headers = HeaderMap::new();
        headers.insert(KEY, HeaderValue::from_static(value));
        own_key(&headers).map(str::to_owned)
    }

    #[test]
    fn a_key_is_read_with_and_without_quotation_marks() {
        assert_eq!(keyed("a-1").as_deref(), Ok("a-1"));
        assert_eq!(keyed("\"a-1\"").as_deref(), Ok("a-1"));
        for bad in ["", "\"\"", "a b", "a/b", "a:b", "\"a"] {
            assert!(keyed(bad).is_err(), "{bad}");
        }
        assert!(own_key(&HeaderMap::new()).is_err());
        let long = HeaderValue::from_str(&"k".repeat(KEY_LONGEST + 1)).expect("plain");
        let mut headers = HeaderMap::new();
        headers.insert(KEY, long);
        assert!(own_key(&headers).is_err());
    }

    #[test]
    fn what_the_reader_says_is_told_in_chinese() {
        for (english, chinese_text) in [
            ("missing field `act` at line 1 column 2", "缺少`act`"),
            (
                "invalid type: integer `5`, expected a string at line 1 column 9",
                "类型不对：integer `5`，应为：a string",
            ),
            (
                "unknown field `b`, expected one of `a`, `c` at line 1 column 4",
                "没有这一项：`b`，可以写：`a`, `c`",
            ),
        ] {
            assert_eq!(chinese(english), chinese_text);
        }
    }

    #[test]
    fn a_body_that_is_no_json_is_told_where() {
        let wrong: Result<BTreeMap<String, u8>, Failure> = read(b"{\n\"a\": x}");
        match wrong {
            Err(Failure::Unreadable {
                place: Some(place), ..
            }) => assert_eq!(place, (2, 6)),
            other => panic!("{other:?}"),
        }
        let twice: Result<u8, Failure> = read(b"1 2");
        assert!(matches!(twice, Err(Failure::Unreadable { .. })));
        let value: Result<BTreeMap<String, u8>, Failure> = read(br#"{"a": 300}"#);
        match value {
            Err(Failure::Values(fields)) => assert_eq!(fields[0].field, "a"),
            other => panic!("{other:?}"),
        }
    }
}
