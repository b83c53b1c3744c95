// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockJSON
import PaddockProxy
import Testing

@testable import PaddockServer

@Suite struct MemberSumTests {
    private func sum(_ texts: String...) throws -> String? {
        let documents = try zip("abc", texts).map { (String($0), try JSONValue(parsing: Array($1.utf8))) }
        return MemberSum.of(documents).map { JSONText(of: $0).string }
    }

    @Test func `Counts are added, and limits are those of the first`() throws {
        #expect(
            try self.sum(#"{"active_requests":2,"parallel_limit":4}"#, #"{"active_requests":1,"parallel_limit":8}"#)
                == #"{"active_requests":3,"parallel_limit":4}"#
        )
    }

    @Test func `Means are weighted by what each has served`() throws {
        let (one, other) = (
            #"{"total_processed":3,"avg_wait_time_ms":10}"#, #"{"total_processed":1,"avg_wait_time_ms":50}"#
        )
        let sum = try JSONValue(parsing: Array(try #require(try self.sum(one, other)).utf8))
        #expect(sum["avg_wait_time_ms"]?.double == 20)
        #expect(sum["total_processed"]?.integer == 4)
        #expect(
            try self.sum(#"{"total_processed":0,"avg_wait_time_ms":0}"#, #"{"total_processed":0,"avg_wait_time_ms":0}"#)
                != nil
        )
    }

    @Test func `What only the queue of all members can say is what the coordinator says`() throws {
        #expect(
            try self.sum(
                #"{"total_models":1,"models":{"x":{"clients":2,"eta_error_ms_p90":5,"batch":{"waiting":1,"share":0.5}}}}"#,
                #"{"total_models":1,"models":{"x":{"clients":2,"eta_error_ms_p90":9,"batch":{"waiting":2,"share":1}},"y":{}}}"#
            )
                == #"{"total_models":2,"models":{"x":{"clients":2,"eta_error_ms_p90":5,"batch":{"waiting":3,"share":0.5}},"y":{}}}"#
        )
        #expect(try self.sum(#"{"batch":{"share":null}}"#, #"{"batch":{"share":1}}"#) == #"{"batch":{"share":1}}"#)
        // A list of that name is none.
        #expect(
            try self.sum(#"{"clients":[{"client":"a","share":1}]}"#, #"{"clients":[{"client":"b","share":2}]}"#)
                == #"{"clients":[{"client":"a","share":1},{"client":"b","share":2}]}"#
        )
    }

    @Test func `Percentiles are those of the worst, and nothing known is no number`() throws {
        #expect(
            try self.sum(#"{"wait_ms_p90":5}"#, #"{"wait_ms_p90":7}"#, #"{"wait_ms_p90":null}"#)
                == #"{"wait_ms_p90":7}"#
        )
        #expect(try self.sum(#"{"wait_ms_p90":null}"#, #"{"wait_ms_p90":7}"#) == #"{"wait_ms_p90":7}"#)
    }

    @Test func `Models that one member alone knows are there`() throws {
        #expect(
            try self.sum(#"{"models":{"x":{"queued_requests":1}}}"#, #"{"models":{"y":{"queued_requests":2}}}"#)
                == #"{"models":{"x":{"queued_requests":1},"y":{"queued_requests":2}}}"#
        )
    }

    @Test func `Lists are joined by what names their entries`() throws {
        #expect(
            try self.sum(
                #"{"backends":[{"url":"u","active_requests":1},{"url":"v","active_requests":0}]}"#,
                #"{"backends":[{"url":"v","active_requests":5}]}"#
            ) == #"{"backends":[{"url":"u","active_requests":1},{"url":"v","active_requests":5}]}"#
        )
    }

    @Test func `Requests are listed one behind the other, with their members`() throws {
        #expect(
            try self.sum(#"{"total":1,"requests":[{"id":"r"}]}"#, #"{"total":1,"requests":[{"id":"r"}]}"#)
                == #"{"total":2,"requests":[{"id":"r","member":"a"},{"id":"r","member":"b"}]}"#
        )
    }

    @Test func `Nothing is the sum of nothing, and other types are those of the first`() throws {
        #expect(MemberSum.of([]) == nil)
        #expect(
            try self.sum(#"{"a":"x","b":[1,2],"c":{}}"#, #"{"a":1,"b":[2,3],"c":[]}"#)
                == #"{"a":"x","b":[1,2,3],"c":{}}"#
        )
        #expect(try self.sum("1", #""x""#) == "1")
        #expect(try self.sum(#"{"n":9223372036854775807}"#, #"{"n":1}"#) != nil)
    }
}

@Suite struct MemberQuestionTests {
    @Test func `A question comes through a link as it was`() throws {
        var request = OwnRequest(
            method: "DELETE",
            path: "/admin/queue/requests/a b",
            query: "x=1&y",
            body: [0, 10, 255]
        )
        (request.rest, request.role, request.userAgent, request.tokenRole) = ("a b", .admin, "curl/8", .admin)
        (request.owner, request.dialect) = (Client(name: "alice"), .openAI)
        let question = try #require(MemberQuestion(MemberQuestion(.change, "/admin/queue/requests/*", request).bytes))
        #expect(question.kind == .change)
        #expect(question.route == "/admin/queue/requests/*")
        #expect(question.request.method == "DELETE")
        #expect(question.request.path == "/admin/queue/requests/a b")
        #expect(question.request.rest == "a b")
        #expect(question.request.query == "x=1&y")
        #expect(question.request.body == [0, 10, 255])
        #expect(question.request.role == .admin)
        #expect(question.request.userAgent == "curl/8")
        #expect(question.request.tokenRole == .admin)
        #expect(question.request.owner == Client(name: "alice"))
        #expect(question.request.dialect == .openAI)
        // Nobody is not somebody without a name.
        request.owner = nil
        #expect(MemberQuestion(MemberQuestion(.own, "/", request).bytes)?.request.owner == nil)
    }

    @Test(arguments: [
        "", "\n", "{}\n", "{\"kind\":\"own\"}\n", "[]\n", "\u{0}\n",
        "{\"kind\":\"own\",\"route\":\"/\",\"method\":\"GET\",\"path\":\"/\",\"role\":\"king\"}\n",
    ])
    func `What is no question is none`(text: String) {
        #expect(MemberQuestion(Array(text.utf8)) == nil)
    }

    @Test func `An answer comes through a link as it was`() throws {
        let answer = try #require(MemberAnswer(MemberAnswer(OwnReply(404, body: "{\"a\":\n1}")).bytes))
        #expect(answer.status == 404)
        #expect(answer.body == Array("{\"a\":\n1}".utf8))
        #expect(!answer.isFinal)
        var final = ErrorReply(409, "file_in_use", "it is")
        final.isFinal = true
        let refusal = try #require(MemberAnswer(MemberAnswer(OwnReply(final, .openAI)).bytes))
        #expect(refusal.status == 409)
        #expect(refusal.reply.fields.map(\.0) == ["x-should-retry"])
        for text in ["", "200", "x\n{}", "20000\n{}", "-20\n{}", "!\n{}", "200!!\n", "1\n"] {
            #expect(MemberAnswer(Array(text.utf8)) == nil)
        }
    }
}
