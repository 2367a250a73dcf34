//! The result of a verification in words, with what it can and cannot say.

use super::{Finding, Outside, Verification};

impl Verification {
    /// The result in words, with what it can and cannot say.
    pub fn statement(&self) -> String {
        let result = match (self.is_sound(), self.first_differing_leaf()) {
            (true, _) => format!("已重新计算全部 {} 条记录，未发现不一致。", self.size),
            (false, Some(leaf)) => format!(
                "校验未通过：发现 {} 处不一致，最早涉及第 {leaf} 条记录。",
                self.found
            ),
            (false, None) => format!(
                "校验未通过：发现 {} 处不一致，不能确定最早涉及哪一条记录。",
                self.found
            ),
        };
        format!("{result}{}{}", self.limits(), self.about_sm3())
    }

    fn limits(&self) -> String {
        let behind = |signed: u64, with: &str| match self.size.checked_sub(signed) {
            Some(more) if more > 0 => {
                format!("其后的 {more} 条没有{with}，对它们只能发现损坏和不彻底的改动。")
            }
            _ => String::new(),
        };
        match &self.outside {
            Outside::Tiles(head) if self.findings.contains(&Finding::TilesUnfit) => format!(
                "外部日志切片本身不可用，只与其检查点（前 {} 条）比对了根哈希。",
                head.size
            ),
            Outside::Tiles(head) => format!(
                "已与外部保存的日志切片（前 {} 条，切片与其签名检查点一致）逐条比对：切片保存之后对这些记录的任何改动、\
                 删除、插入或者调换都会被发现，并能指出从哪一条开始。{}",
                head.size,
                behind(head.size, "外部切片")
            ),
            Outside::Head(head) => {
                let differs = self.findings.iter().any(Finding::is_from_outside_head);
                let which = match differs {
                    true => {
                        "仅凭检查点能断定前后不一致，不能指出从哪一条开始；请与公众端或他人保存的日志切片比对（--against 文件夹或网址）。"
                    }
                    false => "检查点保存之后对这些记录的任何改动都会被发现。",
                };
                format!(
                    "已与外部检查点（前 {} 条）比对：{which}{}",
                    head.size,
                    behind(head.size, "外部检查点")
                )
            }
            Outside::None => {
                let own = match &self.own {
                    Some(own) => format!("本次只与本机保存的检查点（前 {} 条）比对。", own.size),
                    None => "本机还没有检查点。".to_owned(),
                };
                format!(
                    "{own}没有外部检查点时，只能发现损坏和不彻底的改动：同时掌握数据库和签名密钥的人可以把整个日志重做一遍而不留痕迹。\
                     要发现这种改动，请与公众端、见证单位或任何人此前保存的日志切片或检查点比对（--against）。"
                )
            }
        }
    }

    fn about_sm3(&self) -> String {
        match (self.with_sm3, self.without_sm3) {
            (false, _) => String::new(),
            (true, 0) => "SM3 摘要也已逐条核对。".to_owned(),
            (true, without) => {
                format!("SM3 摘要也已核对；其中 {without} 条记录写入较早，没有 SM3 摘要。")
            }
        }
    }
}
