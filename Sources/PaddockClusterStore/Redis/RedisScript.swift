// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockCluster
internal import PaddockJSON

/// What a question is to Redis: one script, which Redis runs as one step.
///
/// Three keys: `{prefix}:office` (who holds it, with a time to live of a lease), `{prefix}:term` (the last term), `{prefix}:members` (a
/// hash: when each entry ends, and the entry). The braces keep the three together in a Redis cluster.
enum RedisScript {
    /// The script. Times are those of the server. What is not of Paddock is neither changed nor deleted, such as a term after the last one.
    static let text = """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local me, entry, lasts, lease, wish, term = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5], tonumber(ARGV[6])
        local function foreign(key)
          return redis.error_reply('PADDOCK ' .. key .. ' holds something that is not of Paddock: give cluster.store another ?prefix=')
        end
        for i, kind in ipairs({'string', 'string', 'hash'}) do
          local found = redis.call('TYPE', KEYS[i]).ok
          if found ~= 'none' and found ~= kind then return foreign(KEYS[i]) end
        end
        if redis.call('STRLEN', KEYS[1]) > 4096 then return foreign(KEYS[1]) end
        if redis.call('STRLEN', KEYS[2]) > 20 then return foreign(KEYS[2]) end
        if redis.call('HLEN', KEYS[3]) > 1000 then return foreign(KEYS[3]) end
        local office = redis.call('GET', KEYS[1])
        local holder, number = string.match(office or '', '^(%d+) (%d+) {')
        if office and not (holder and tonumber(number) <= 9007199254740991) then return foreign(KEYS[1]) end
        local last = tonumber(redis.call('GET', KEYS[2]) or 0)
        if not (last and last < 9007199254740991) then return foreign(KEYS[2]) end
        for i = 7, #ARGV do
          redis.call('HDEL', KEYS[3], ARGV[i])
          if holder == ARGV[i] then office, holder = false, false redis.call('DEL', KEYS[1]) end
        end
        redis.call('HSET', KEYS[3], me, string.format('%.0f', now + lasts) .. ' ' .. entry)
        local function hold(number)
          redis.call('SET', KEYS[2], string.format('%.0f', number))
          office = me .. ' ' .. string.format('%.0f', number) .. ' ' .. entry
          redis.call('SET', KEYS[1], office, 'PX', lease)
        end
        if wish == 'resign' then
          if holder == me then redis.call('DEL', KEYS[1]) office = false end
        elseif wish == 'take' then
          if not holder or holder == me then hold(math.max(last, term) + 1) end
        elseif wish == 'renew' then
          if holder == me and string.match(office, '^%d+ (%d+) ') == ARGV[6] then redis.call('PEXPIRE', KEYS[1], lease)
          elseif not holder and last <= term then hold(term) end
        end
        local members = {}
        local all = redis.call('HGETALL', KEYS[3])
        for i = 1, #all, 2 do
          local ends, text = string.match(all[i + 1], '^(%d+) ({.*)$')
          if ends and tonumber(ends) <= now then redis.call('HDEL', KEYS[3], all[i])
          elseif ends and #text <= 4096 then members[#members + 1] = all[i] .. ' ' .. text end
        end
        return {office or '', members}
        """

    /// What follows the script in the command.
    static func arguments(_ question: StoreQuestion, prefix: String, _ options: ClusterOptions) -> [String] {
        let (wish, term): (String, Term) =
            switch question.office {
            case .look: ("look", .none)
            case .take(let term): ("take", term)
            case .renew(let term): ("renew", term)
            case .resign: ("resign", .none)
            }
        let keys = ["office", "term", "members"].map { "{\(prefix)}:\($0)" }
        return ["3"] + keys + [
            "\(question.member.id.number)", MemberEntry.text(of: question.member),
            "\(Int64(options.forget.milliseconds))",
            "\(Int64(options.lease.milliseconds))", wish, "\(term.number)",
        ] + question.dead.map { "\($0.number)" }
    }

    /// What the script has answered; nil if it is something else.
    static func reading(_ answer: RESPValue) -> StoreReading? {
        guard let parts = answer.array, parts.count == 2, let office = parts[0].string, let list = parts[1].array else {
            return nil
        }
        var members: [MemberIdentity] = []
        for part in list {
            // An entry of a later version that is not understood is no member of this one.
            guard let words = part.string?.split(separator: " ", maxSplits: 1), words.count == 2,
                let id = UInt64(words[0]), let member = MemberEntry.member(MemberID(id), words[1])
            else { continue }
            members.append(member)
        }
        guard !office.isEmpty else { return StoreReading(holder: nil, members: members) }
        let words = office.split(separator: " ", maxSplits: 2)
        guard words.count == 3, let id = UInt64(words[0]),
            let term = UInt64(words[1]).flatMap({ Term(told: $0) }),
            let holder = MemberEntry.member(MemberID(id), words[2])
        else { return nil }
        return StoreReading(holder: (holder, term), members: members)
    }
}
