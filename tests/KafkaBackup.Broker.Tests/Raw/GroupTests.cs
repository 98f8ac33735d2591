using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Xunit;

namespace KafkaBackup.Broker.Tests.Raw;

/// <summary>Group membership in single steps.</summary>
public sealed class GroupTests
{
    [Fact]
    public async Task A_member_that_is_not_heard_of_is_taken_out()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        var joined = await JoinAsync(client, sessionMs: 500);
        await client.AskAsync(new SyncGroupRequest
        {
            GroupId = "g",
            GenerationId = joined.GenerationId,
            MemberId = joined.MemberId,
            Assignments = [new MemberAssignment { MemberId = joined.MemberId, Assignment = new byte[] { 1, 2 } }],
        });
        Assert.Equal("Stable", await StateAsync(client));
        Assert.Equal(ErrorCode.None, await HeartbeatAsync(client, joined.MemberId, joined.GenerationId));
        Assert.Equal(ErrorCode.IllegalGeneration, await HeartbeatAsync(client, joined.MemberId, joined.GenerationId + 1));
        await Eventually.TrueAsync(async () => await StateAsync(client) == "Empty", "the group is empty");
        Assert.Equal(ErrorCode.UnknownMemberId, await HeartbeatAsync(client, joined.MemberId, joined.GenerationId));
    }

    [Fact]
    public async Task A_second_member_starts_a_rebalance_that_the_first_has_to_follow()
    {
        await using var broker = TestBroker.Start("t");
        using var one = await broker.ConnectAsync();
        using var two = await broker.ConnectAsync();
        var first = await JoinAsync(one);
        await one.AskAsync(new SyncGroupRequest { GroupId = "g", GenerationId = first.GenerationId, MemberId = first.MemberId });
        var joining = JoinAsync(two);
        await Eventually.TrueAsync(async () => await HeartbeatAsync(one, first.MemberId, first.GenerationId) == ErrorCode.RebalanceInProgress, "a rebalance");
        Assert.False(joining.IsCompleted);
        var again = await JoinAsync(one, first.MemberId);
        var second = await joining;
        Assert.Equal(first.GenerationId + 1, again.GenerationId);
        Assert.Equal(again.GenerationId, second.GenerationId);
        Assert.Equal(first.MemberId, second.Leader);
        Assert.Equal(2, again.Members.Count);
        Assert.Empty(second.Members);

        var syncing = two.AskAsync(new SyncGroupRequest { GroupId = "g", GenerationId = second.GenerationId, MemberId = second.MemberId });
        await one.AskAsync(new SyncGroupRequest
        {
            GroupId = "g",
            GenerationId = again.GenerationId,
            MemberId = again.MemberId,
            Assignments = [new MemberAssignment { MemberId = second.MemberId, Assignment = new byte[] { 7 } }],
        });
        Assert.Equal([7], (await syncing).Assignment.ToArray());
    }

    [Fact]
    public async Task A_commit_is_for_members_of_the_generation_while_there_are_any()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        Assert.Equal(ErrorCode.IllegalGeneration, await CommitAsync(client, "m", 1));
        Assert.Equal(ErrorCode.None, await CommitAsync(client, "", -1));
        var member = await JoinAsync(client);
        Assert.Equal(ErrorCode.UnknownMemberId, await CommitAsync(client, "", -1));
        Assert.Equal(ErrorCode.RebalanceInProgress, await CommitAsync(client, member.MemberId, member.GenerationId));
        await client.AskAsync(new SyncGroupRequest { GroupId = "g", GenerationId = member.GenerationId, MemberId = member.MemberId });
        Assert.Equal(ErrorCode.None, await CommitAsync(client, member.MemberId, member.GenerationId));
        Assert.Equal(ErrorCode.IllegalGeneration, await CommitAsync(client, member.MemberId, member.GenerationId - 1));
    }

    [Fact]
    public async Task Offset_metadata_and_leader_epoch_are_kept_and_too_much_metadata_is_refused()
    {
        await using var broker = TestBroker.Start("t");
        using (var client = await broker.ConnectAsync())
        {
            Assert.Equal(ErrorCode.None, await CommitAsync(client, "", -1, new OffsetCommitPartition { Offset = 5, LeaderEpoch = 2, Metadata = "here" }));
            var large = new OffsetCommitPartition { Offset = 6, Metadata = new string('x', 5000) };
            Assert.Equal(ErrorCode.OffsetMetadataTooLarge, await CommitAsync(client, "", -1, large));
        }

        await broker.RestartAsync();
        using var again = await broker.ConnectAsync();
        var fetched = (await again.AskAsync(new OffsetFetchRequest { GroupId = "g", Topics = null })).Topics.Single().Partitions.Single();
        Assert.Equal((5, 2, "here"), (fetched.Offset, fetched.LeaderEpoch, fetched.Metadata));
    }

    [Fact]
    public async Task A_static_member_comes_back_without_a_rebalance()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        var first = await JoinAsync(client, instance: "static");
        await client.AskAsync(new SyncGroupRequest
        {
            GroupId = "g",
            GenerationId = first.GenerationId,
            MemberId = first.MemberId,
            GroupInstanceId = "static",
            Assignments = [new MemberAssignment { MemberId = first.MemberId, Assignment = new byte[] { 9 } }],
        });
        var back = await JoinAsync(client, instance: "static");
        Assert.Equal(first.GenerationId, back.GenerationId);
        Assert.NotEqual(first.MemberId, back.MemberId);
        var synced = await client.AskAsync(new SyncGroupRequest
        {
            GroupId = "g",
            GenerationId = back.GenerationId,
            MemberId = back.MemberId,
            GroupInstanceId = "static",
        });
        Assert.Equal([9], synced.Assignment.ToArray());
        Assert.Equal(ErrorCode.FencedInstanceId, await HeartbeatAsync(client, first.MemberId, first.GenerationId, "static"));
    }

    [Fact]
    public async Task Another_protocol_is_inconsistent_and_a_new_member_has_to_come_back_with_its_id()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        var member = await client.AskAsync(Join("", 6000));
        Assert.Equal(ErrorCode.MemberIdRequired, member.ErrorCode);
        Assert.Equal(ErrorCode.None, (await client.AskAsync(Join(member.MemberId, 6000))).ErrorCode);
        var other = Join("", 6000) with { Protocols = [new GroupProtocol { Name = "other" }] };
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, (await client.AskAsync(other)).ErrorCode);
        Assert.Equal(ErrorCode.UnknownMemberId, (await client.AskAsync(Join("made-up", 6000))).ErrorCode);
        Assert.Equal(ErrorCode.InvalidSessionTimeout, (await client.AskAsync(Join("", 1))).ErrorCode);
    }

    private static async Task<JoinGroupResponse> JoinAsync(RawClient client, string memberId = "", int sessionMs = 10_000, string? instance = null)
    {
        var joined = await client.AskAsync(Join(memberId, sessionMs) with { GroupInstanceId = instance });
        if (joined.ErrorCode == ErrorCode.MemberIdRequired)
            joined = await client.AskAsync(Join(joined.MemberId, sessionMs));
        Assert.Equal(ErrorCode.None, joined.ErrorCode);
        return joined;
    }

    private static JoinGroupRequest Join(string memberId, int sessionMs) => new()
    {
        GroupId = "g",
        MemberId = memberId,
        SessionTimeoutMs = sessionMs,
        RebalanceTimeoutMs = 10_000,
        ProtocolType = "consumer",
        Protocols = [new GroupProtocol { Name = "range", Metadata = new byte[] { 0, 0, 0, 0, 0, 0 } }],
    };

    private static async Task<ErrorCode> HeartbeatAsync(RawClient client, string memberId, int generation, string? instance = null) =>
        (await client.AskAsync(new HeartbeatRequest { GroupId = "g", MemberId = memberId, GenerationId = generation, GroupInstanceId = instance })).ErrorCode;

    private static async Task<string> StateAsync(RawClient client) =>
        (await client.AskAsync(new DescribeGroupsRequest { Groups = ["g"] })).Groups.Single().State;

    private static async Task<ErrorCode> CommitAsync(RawClient client, string memberId, int generation, OffsetCommitPartition? partition = null) =>
        (await client.AskAsync(new OffsetCommitRequest
        {
            GroupId = "g",
            MemberId = memberId,
            GenerationId = generation,
            Topics = [new OffsetCommitTopic { Topic = "t", Partitions = [partition ?? new OffsetCommitPartition { Offset = 1 }] }],
        })).Topics.Single().Partitions.Single().ErrorCode;
}
