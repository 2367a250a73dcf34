//! Signing in: passwords, first codes, sessions, tokens. What holds longer than a session is told to the record.
//!
//! A password is never stored, only what argon2id makes of it. A code lets somebody choose the first password, or a new one:
//! the administrator issues it, and somebody in charge confirms that the person asked for it, so that neither can
//! become somebody else alone.

mod joined;

pub use joined::{
    AWAY, Answer, ArrivalError, Arrived, Departed, Errand, JoinedState, ProviderOnly,
};

use crate::access::{self, Actor, Denied};
use crate::agency::Duty;
use crate::beside::BesideError;
use crate::ledger::ReadError;
use crate::notes::Note;
use crate::office::Office;
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;

const SECRET: &str = "secret";
const SESSION: &str = "session";
const TOKEN: &str = "token";
/// The stream of what happened to accounts.
pub const STREAM: &str = "identity/accounts";

/// A session that nobody uses ends after this time.
pub const IDLE: SignedDuration = SignedDuration::from_hours(2);
/// And in any case after this time.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(12);
/// A session tells that it is used at most this often.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// A code must be used within this time.
pub const CODE_LASTS: SignedDuration = SignedDuration::from_hours(72);
/// So many wrong passwords in a row lock an account.
pub const TRIES: u32 = 5;
/// For this long.
pub const LOCKED: SignedDuration = SignedDuration::from_mins(15);
/// A token for programs lasts at most this long.
pub const TOKEN_DAYS_MAX: i64 = 90;
/// Characters of a password, at least and at most.
pub const PASSWORD_LENGTH: (usize, usize) = (10, 128);
/// Sessions are carried along in steps of this many.
const SESSIONS_AT_ONCE: u32 = 200;
/// Two people may change the same note at the same moment: tried again this often.
const CONTESTED: usize = 8;

/// What an account signs in with.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Secret {
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    changed_at: Option<Timestamp>,
    #[serde(default)]
    code: Option<Code>,
    #[serde(default)]
    failures: u32,
    #[serde(default)]
    locked_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    joined: Option<joined::Joined>,
    /// Neither password nor code opens it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    provider_only: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    hash: String,
    until: Timestamp,
    asked_by: String,
    #[serde(default)]
    confirmed_by: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Session {
    ends: Timestamp,
    seen: Timestamp,
    #[serde(default)]
    must_choose: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    name: String,
    issued: Timestamp,
}

/// A session that has begun.
#[derive(Clone, Debug)]
pub struct Began {
    /// What the browser keeps; the record keeps only its digest.
    pub token: String,
    /// A password has to be chosen before anything else.
    pub must_choose: bool,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub actor: Actor,
    /// A password has to be chosen before anything else.
    pub must_choose: bool,
}

/// A token for programs.
#[derive(Clone, Debug)]
pub struct TokenLine {
    /// Its id, which opens nothing.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// When it was issued.
    pub issued: Timestamp,
    /// Until when it holds.
    pub until: Timestamp,
}

/// How an account stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountState {
    /// A password was chosen, or a provider signs it in.
    pub is_active: bool,
    /// A password was chosen.
    pub has_password: bool,
    /// The identity that it is joined to.
    pub joined: Option<JoinedState>,
    /// Neither password nor code opens it.
    pub provider_only: bool,
    /// A code waits to be used, until then.
    pub code_until: Option<Timestamp>,
    /// It waits for somebody in charge to confirm it.
    pub needs_confirmation: bool,
    /// Too many wrong passwords, until then.
    pub locked_until: Option<Timestamp>,
}

/// Why somebody is not signed in, or an account not changed.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Wrong name or password, or the account is locked: which of these is not said.
    #[error("账号或者密码不对。连续输错{TRIES}次的，该账号{}分钟内不能登录。", LOCKED.as_mins())]
    Wrong,
    /// A value is missing or wrong.
    #[error("{text}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong, in words for the person.
        text: String,
    },
    /// Not allowed.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Somebody else changed it at the same moment.
    #[error("同时有别人在改动这个账号，请再试一次。")]
    Contested,
    /// The notes could not be read or written.
    #[error("the notes could not be read or written")]
    Read(#[from] ReadError),
    /// What happened could not be told to the record.
    #[error("what happened could not be recorded")]
    Beside(#[from] BesideError),
    /// A password could not be hashed.
    #[error("a password could not be hashed: {0}")]
    Hash(String),
    /// A note is not of its shape.
    #[error("a note is damaged")]
    Damaged(#[from] serde_json::Error),
}

/// As good as for ever, and still a time that every database keeps.
fn never() -> Timestamp {
    Timestamp::from_second(32_503_680_000).unwrap_or(Timestamp::MAX)
}

fn field(field: &'static str, text: impl Into<String>) -> IdentityError {
    IdentityError::Field {
        field,
        text: text.into(),
    }
}

/// The address of a secret that only its holder knows.
fn digest(token: &str) -> String {
    Sha256::digest(token.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The token that forms of this session carry: whoever does not hold the session cannot make it.
pub fn form_token(session: &str) -> String {
    digest(&format!("form\0{session}"))
        .chars()
        .take(32)
        .collect()
}

/// Hashing takes tens of milliseconds and megabytes: never on a thread that answers others.
async fn hashed(secret: String, salt: [u8; 16]) -> Result<String, IdentityError> {
    let work = move || {
        Argon2::default()
            .hash_password_with_salt(secret.as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(|error| IdentityError::Hash(error.to_string()))
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| IdentityError::Hash(error.to_string()))?
}

async fn fits(secret: String, hash: String) -> Result<bool, IdentityError> {
    let work = move || {
        PasswordHash::new(&hash).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(secret.as_bytes(), &hash)
                .is_ok()
        })
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| IdentityError::Hash(error.to_string()))
}

impl Office {
    /// Signs in with a password, or with a code that was issued and confirmed.
    pub async fn sign_in(&self, account: &str, password: &str) -> Result<Began, IdentityError> {
        let now = self.ports.clock.now();
        let file = Arc::clone(&self.fresh_standing().await?.file);
        let known = file.account(account).map(|it| it.id.clone());
        let Some(account) = known else {
            // As long as for a known one, so that nobody learns who has an account.
            hashed(password.to_owned(), [0; 16]).await?;
            return Err(IdentityError::Wrong);
        };
        // Counted before it is looked at: guesses that come at once are all counted.
        let secret = self
            .change_secret(&account, |secret| {
                // Without a count where no password helps: nobody locks the way through the provider from here.
                if secret.provider_only || secret.locked_until.is_some_and(|until| until > now) {
                    return Err(IdentityError::Wrong);
                }
                secret.failures += 1;
                if secret.failures >= TRIES {
                    secret.failures = 0;
                    secret.locked_until = Some(now + LOCKED);
                }
                Ok(())
            })
            .await;
        let secret = match secret {
            Ok(secret) => secret,
            Err(IdentityError::Wrong) => {
                hashed(password.to_owned(), [0; 16]).await?;
                return Err(IdentityError::Wrong);
            }
            Err(error) => return Err(error),
        };
        let by_password = match secret.password.clone() {
            Some(hash) => fits(password.to_owned(), hash).await?,
            None => false,
        };
        let usable = |code: &&Code| code.until > now && code.confirmed_by.is_some();
        let by_code = match secret.code.as_ref().filter(usable) {
            Some(code) if !by_password => {
                fits(password.trim().to_owned(), code.hash.clone()).await?
            }
            _ => false,
        };
        if !by_password && !by_code {
            if secret.locked_until.is_some_and(|until| until > now) {
                self.tell("account_locked", &account, "").await?;
            }
            return Err(IdentityError::Wrong);
        }
        self.change_secret(&account, |secret| {
            secret.failures = 0;
            secret.locked_until = None;
            Ok(())
        })
        .await?;
        self.begin_session(&account, by_code).await
    }

    /// Begins a session of an account that showed who it is.
    pub async fn begin_session(
        &self,
        account: &str,
        must_choose: bool,
    ) -> Result<Began, IdentityError> {
        let now = self.ports.clock.now();
        let token = self.secret_text();
        let session = Session {
            ends: now + LONGEST,
            seen: now,
            must_choose,
        };
        let note = Note {
            kind: SESSION.to_owned(),
            id: digest(&token),
            owner: account.to_owned(),
            until: now + IDLE,
            version: 1,
            body: serde_json::to_string(&session)?,
        };
        if !self.ports.ledger.keep_note(&self.agency, &note).await? {
            return Err(IdentityError::Contested);
        }
        Ok(Began { token, must_choose })
    }

    /// Who holds this session; nobody where it ended or the account was closed.
    pub async fn signed_in(&self, token: &str) -> Result<Option<SignedIn>, IdentityError> {
        let now = self.ports.clock.now();
        let ledger = &self.ports.ledger;
        let found = ledger.note(&self.agency, SESSION, &digest(token)).await?;
        let Some(mut note) = found.filter(|note| note.until > now) else {
            return Ok(None);
        };
        let mut session: Session = serde_json::from_str(&note.body)?;
        let Some(actor) = Actor::of(&self.fresh_standing().await?.file, &note.owner) else {
            return Ok(None);
        };
        if now.duration_since(session.seen) > SEEN_EVERY {
            session.seen = now;
            note.until = session.ends.min(now + IDLE);
            note.version += 1;
            note.body = serde_json::to_string(&session)?;
            // Another request of the same session may have told it already.
            ledger.keep_note(&self.agency, &note).await?;
        }
        Ok(Some(SignedIn {
            actor,
            must_choose: session.must_choose,
        }))
    }

    /// Ends a session.
    pub async fn sign_out(&self, token: &str) -> Result<(), IdentityError> {
        let ledger = &self.ports.ledger;
        ledger
            .remove_note(&self.agency, SESSION, &digest(token))
            .await?;
        Ok(())
    }

    /// Chooses a password. `old` is the one so far, or the code; every other session of the account ends.
    pub async fn choose_password(
        &self,
        actor: &Actor,
        old: &str,
        new: &str,
    ) -> Result<Began, IdentityError> {
        let (least, most) = PASSWORD_LENGTH;
        let length = new.chars().count();
        if length < least || length > most {
            let text = format!("密码须有{least}到{most}个字符，现有{length}个");
            return Err(field("new", text));
        }
        if new == actor.account || new.chars().all(|c| new.starts_with(c)) {
            return Err(field("new", "密码不能是账号名，也不能全是同一个字符"));
        }
        if new == old {
            return Err(field("new", "新密码不能与原来的相同"));
        }
        if self.account_state(&actor.account).await?.provider_only {
            return Err(field("old", "这个账号只由统一身份认证登录，不用密码"));
        }
        // The same count of wrong tries as at the door.
        match self.sign_in(&actor.account, old).await {
            Ok(began) => self.sign_out(&began.token).await?,
            Err(IdentityError::Wrong) => return Err(field("old", "原密码（或者初始口令）不对")),
            Err(error) => return Err(error),
        }
        let now = self.ports.clock.now();
        let mut salt = [0; 16];
        self.ports.chance.fill(&mut salt);
        let hash = hashed(new.to_owned(), salt).await?;
        self.change_secret(&actor.account, |secret| {
            secret.password = Some(hash.clone());
            secret.changed_at = Some(now);
            secret.code = None;
            Ok(())
        })
        .await?;
        self.end_sessions(&actor.account).await?;
        self.tell("password_chosen", &actor.account, &actor.account)
            .await?;
        self.begin_session(&actor.account, false).await
    }

    /// Ends every session of an account.
    pub async fn end_sessions(&self, account: &str) -> Result<(), IdentityError> {
        let ledger = &self.ports.ledger;
        loop {
            let sessions = ledger
                .notes(&self.agency, SESSION, Some(account), "", 100)
                .await?;
            if sessions.is_empty() {
                return Ok(());
            }
            for session in sessions {
                ledger
                    .remove_note(&self.agency, SESSION, &session.id)
                    .await?;
            }
        }
    }

    /// Issues a code with which an account chooses a password. The code is shown once; it opens nothing before somebody in
    /// charge confirms that the person asked for it.
    pub async fn issue_code(&self, by: &Actor, account: &str) -> Result<String, IdentityError> {
        access::administer(by)?;
        self.new_code(account, &by.account, None).await
    }

    /// The first code of a new office, issued by whoever installs it: refused as soon as somebody in charge has a
    /// password, because then there is somebody to confirm.
    pub async fn first_code(&self, account: &str) -> Result<String, IdentityError> {
        let state = self.account_state(account).await?;
        if state.is_active || self.somebody_in_charge_is_active().await? {
            return Err(Denied {
                text:
                    "已经有负责人在使用本系统：初始口令须由系统管理员在页面上签发，并由负责人确认。"
                        .to_owned(),
            }
            .into());
        }
        self.new_code(account, "", Some("".to_owned())).await
    }

    async fn new_code(
        &self,
        account: &str,
        asked_by: &str,
        confirmed_by: Option<String>,
    ) -> Result<String, IdentityError> {
        if self.agency().account(account).is_none() {
            return Err(field(
                "account",
                format!("没有账号“{account}”，或者已经停用"),
            ));
        }
        let now = self.ports.clock.now();
        let code: String = self.secret_text().chars().take(16).collect();
        let mut salt = [0; 16];
        self.ports.chance.fill(&mut salt);
        let hash = hashed(code.clone(), salt).await?;
        self.change_secret(account, |secret| {
            if secret.provider_only {
                return Err(field(
                    "account",
                    "这个账号只由统一身份认证登录，口令没有用处",
                ));
            }
            secret.code = Some(Code {
                hash: hash.clone(),
                until: now + CODE_LASTS,
                asked_by: asked_by.to_owned(),
                confirmed_by: confirmed_by.clone(),
            });
            Ok(())
        })
        .await?;
        self.tell("code_issued", account, asked_by).await?;
        Ok(code)
    }

    /// Confirms that the person of an account asked for the code. Whoever confirms is in charge, and neither issued the
    /// code nor is the one that it is for.
    pub async fn confirm_code(&self, by: &Actor, account: &str) -> Result<(), IdentityError> {
        if by.level.is_none() {
            return Err(access_denied("初始口令由负责人确认。"));
        }
        if by.account == account {
            return Err(access_denied("不能确认自己的初始口令。"));
        }
        let now = self.ports.clock.now();
        self.change_secret(account, |secret| match &mut secret.code {
            Some(code) if code.until > now && code.confirmed_by.is_none() => {
                if code.asked_by == by.account {
                    return Err(access_denied("签发口令的人不能确认。"));
                }
                code.confirmed_by = Some(by.account.clone());
                Ok(())
            }
            _ => Err(field("account", "这个账号没有等待确认的初始口令")),
        })
        .await?;
        self.tell("code_confirmed", account, &by.account).await
    }

    /// How an account stands.
    pub async fn account_state(&self, account: &str) -> Result<AccountState, IdentityError> {
        let now = self.ports.clock.now();
        let (secret, _) = self.secret(account).await?;
        let code = secret.code.clone().filter(|code| code.until > now);
        Ok(AccountState {
            is_active: secret.has_a_way_in(),
            has_password: secret.password.is_some(),
            joined: secret.joined.as_ref().map(joined::Joined::state),
            provider_only: secret.provider_only,
            code_until: code.as_ref().map(|code| code.until),
            needs_confirmation: code.is_some_and(|code| code.confirmed_by.is_none()),
            locked_until: secret.locked_until.filter(|until| *until > now),
        })
    }

    /// Gives every account of a made-up agency the same password. Everywhere else it is denied.
    pub async fn rehearsal_password(&self, password: &str) -> Result<(), IdentityError> {
        let file = self.agency();
        if !file.demonstration {
            return Err(access_denied("这不是演示机关，密码须由本人设置。"));
        }
        let mut salt = [0; 16];
        self.ports.chance.fill(&mut salt);
        let hash = hashed(password.to_owned(), salt).await?;
        let now = self.ports.clock.now();
        for account in &file.accounts {
            self.change_secret(&account.id, |secret| {
                if secret.password.is_none() {
                    secret.password = Some(hash.clone());
                    secret.changed_at = Some(now);
                }
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    async fn somebody_in_charge_is_active(&self) -> Result<bool, IdentityError> {
        let file = self.agency();
        for account in &file.accounts {
            let in_charge = Actor::of(&file, &account.id).is_some_and(|it| it.level.is_some());
            if in_charge && self.account_state(&account.id).await?.is_active {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Issues a token with which a program acts for the account.
    pub async fn issue_token(
        &self,
        by: &Actor,
        name: &str,
        days: i64,
    ) -> Result<String, IdentityError> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 60 {
            return Err(field("name", "请写明用途，60个字以内"));
        }
        if !(1..=TOKEN_DAYS_MAX).contains(&days) {
            return Err(field("days", format!("有效期为1到{TOKEN_DAYS_MAX}天")));
        }
        let now = self.ports.clock.now();
        let token = format!("mq_{}", self.secret_text());
        let said = Token {
            name: name.to_owned(),
            issued: now,
        };
        let note = Note {
            kind: TOKEN.to_owned(),
            id: digest(&token),
            owner: by.account.clone(),
            until: now + SignedDuration::from_hours(24 * days),
            version: 1,
            body: serde_json::to_string(&said)?,
        };
        if !self.ports.ledger.keep_note(&self.agency, &note).await? {
            return Err(IdentityError::Contested);
        }
        self.tell("token_issued", &by.account, &by.account).await?;
        Ok(token)
    }

    /// Who acts with this token.
    pub async fn token_holder(&self, token: &str) -> Result<Option<Actor>, IdentityError> {
        let now = self.ports.clock.now();
        let ledger = &self.ports.ledger;
        let found = ledger.note(&self.agency, TOKEN, &digest(token)).await?;
        let Some(note) = found.filter(|note| note.until > now) else {
            return Ok(None);
        };
        Ok(Actor::of(&self.fresh_standing().await?.file, &note.owner))
    }

    /// The tokens of an account.
    pub async fn tokens(&self, of: &Actor) -> Result<Vec<TokenLine>, IdentityError> {
        let now = self.ports.clock.now();
        let ledger = &self.ports.ledger;
        let notes = ledger
            .notes(&self.agency, TOKEN, Some(&of.account), "", 100)
            .await?;
        let mut lines = Vec::new();
        for note in notes.into_iter().filter(|note| note.until > now) {
            let said: Token = serde_json::from_str(&note.body)?;
            lines.push(TokenLine {
                id: note.id,
                name: said.name,
                issued: said.issued,
                until: note.until,
            });
        }
        lines.sort_by_key(|line| line.issued);
        Ok(lines)
    }

    /// Ends a token of the own account.
    pub async fn revoke_token(&self, of: &Actor, id: &str) -> Result<(), IdentityError> {
        let ledger = &self.ports.ledger;
        let is_own = ledger
            .note(&self.agency, TOKEN, id)
            .await?
            .is_some_and(|note| note.owner == of.account);
        if !is_own {
            return Err(field("token", "没有这个令牌"));
        }
        ledger.remove_note(&self.agency, TOKEN, id).await?;
        self.tell("token_revoked", &of.account, &of.account).await
    }

    async fn secret(&self, account: &str) -> Result<(Secret, u64), IdentityError> {
        let note = self
            .ports
            .ledger
            .note(&self.agency, SECRET, account)
            .await?;
        Ok(match note {
            Some(note) => (serde_json::from_str(&note.body)?, note.version),
            None => (Secret::default(), 0),
        })
    }

    async fn change_secret(
        &self,
        account: &str,
        change: impl Fn(&mut Secret) -> Result<(), IdentityError>,
    ) -> Result<Secret, IdentityError> {
        for _ in 0..CONTESTED {
            let (mut secret, version) = self.secret(account).await?;
            change(&mut secret)?;
            let note = Note {
                kind: SECRET.to_owned(),
                id: account.to_owned(),
                owner: account.to_owned(),
                until: never(),
                version: version + 1,
                body: serde_json::to_string(&secret)?,
            };
            if self.ports.ledger.keep_note(&self.agency, &note).await? {
                return Ok(secret);
            }
        }
        Err(IdentityError::Contested)
    }

    /// Tells the record what happened to an account, and by whom.
    async fn tell(&self, kind: &str, account: &str, by: &str) -> Result<(), IdentityError> {
        self.tell_that(kind, &json!({ "account": account, "by": by }))
            .await
    }

    async fn tell_that(&self, kind: &str, said: &serde_json::Value) -> Result<(), IdentityError> {
        let header = json!({ "version": 1, "kind": kind });
        let key = self.new_id();
        self.beside(STREAM, header, said, Vec::new(), (&key, said))
            .await?;
        Ok(())
    }

    /// 256 bits that nobody can guess.
    fn secret_text(&self) -> String {
        format!("{}{}", self.new_token(), self.new_token())
    }

    /// The clock of a demonstration is about to go ahead: sessions end as much later, so that everybody stays signed in.
    /// One that has ended stays so.
    pub(crate) async fn carry_sessions(&self, by: SignedDuration) -> Result<(), IdentityError> {
        let now = self.ports.clock.now();
        let ledger = &self.ports.ledger;
        let mut after = String::new();
        loop {
            let notes = ledger
                .notes(&self.agency, SESSION, None, &after, SESSIONS_AT_ONCE)
                .await?;
            let Some(last) = notes.last() else {
                return Ok(());
            };
            after.clone_from(&last.id);
            for note in notes.into_iter().filter(|note| note.until > now) {
                self.carry_session(note, by).await?;
            }
        }
    }

    async fn carry_session(&self, note: Note, by: SignedDuration) -> Result<(), IdentityError> {
        let ledger = &self.ports.ledger;
        let mut found = Some(note);
        for _ in 0..CONTESTED {
            // Signed out at this moment: nothing to carry.
            let Some(mut note) = found else {
                return Ok(());
            };
            let mut session: Session = serde_json::from_str(&note.body)?;
            session.ends += by;
            session.seen += by;
            note.until += by;
            note.version += 1;
            note.body = serde_json::to_string(&session)?;
            if ledger.keep_note(&self.agency, &note).await? {
                return Ok(());
            }
            found = ledger.note(&self.agency, SESSION, &note.id).await?;
        }
        Err(IdentityError::Contested)
    }

    /// Forgets sessions, tokens and settled requests that ended.
    pub async fn forget_what_ended(&self) -> Result<(), ReadError> {
        let now = self.ports.clock.now();
        self.ports.ledger.forget_notes(&self.agency, now).await
    }

    /// Whether somebody may see how accounts stand.
    pub fn may_see_accounts(&self, actor: &Actor) -> bool {
        actor.has(Duty::Administrator) || actor.has(Duty::Supervisor) || actor.level.is_some()
    }
}

fn access_denied(text: &str) -> IdentityError {
    Denied {
        text: text.to_owned(),
    }
    .into()
}
