using System.Buffers.Binary;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Connections;

/// <summary>One connection against a peer that does what a broker does, and what none should.</summary>
public sealed class BrokerConnectionTests
{
    private static readonly TimeSpan Soon = Eventually.Soon;

    [Fact]
    public async Task Requests_sent_one_after_the_other_get_their_own_answers()
    {
        await using var broker = ScriptedBroker.Speaking(async peer =>
        {
            // Nothing is answered before all five are there.
            var asked = new List<(RequestHeader Header, Request Request)>();
            while (asked.Count < 5)
                asked.Add(await peer.ReadAsync());
            foreach (var (header, request) in asked)
                await peer.AnswerAsync(header, new FindCoordinatorResponse { Host = ((FindCoordinatorRequest)request).CoordinatorKey });
            await peer.IsClosedByClientAsync();
        });
        await using var connection = await broker.ConnectAsync();
        var answers = new List<Task<ResponseLease<FindCoordinatorResponse>>>();
        for (var i = 0; i < 5; i++)
            answers.Add(await connection.BeginAsync(new FindCoordinatorRequest { CoordinatorKey = $"group {i}" }, default));
        for (var i = 4; i >= 0; i--)
        {
            using var lease = await answers[i].WaitAsync(Soon);
            Assert.Equal($"group {i}", lease.Response.Host);
        }
    }

    [Fact]
    public async Task Many_that_ask_at_once_each_get_their_own_answer()
    {
        await using var broker = ScriptedBroker.Answering(request => new FindCoordinatorResponse { Host = ((FindCoordinatorRequest)request).CoordinatorKey });
        await using var connection = await broker.ConnectAsync();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(async () =>
        {
            using var lease = await connection.SendAsync(new FindCoordinatorRequest { CoordinatorKey = $"{i}" }, default);
            Assert.Equal($"{i}", lease.Response.Host);
        }))).WaitAsync(Soon);
    }

    [Fact]
    public async Task An_answer_that_comes_in_pieces_is_put_together()
    {
        await using var broker = ScriptedBroker.Speaking(async peer =>
        {
            var (header, _) = await peer.ReadAsync();
            foreach (var b in ScriptedBroker.Peer.Frame(header, new FindCoordinatorResponse { Host = "piecemeal" }))
                await peer.SendAsync([b]);
            await peer.IsClosedByClientAsync();
        });
        await using var connection = await broker.ConnectAsync();
        using var lease = await connection.SendAsync(new FindCoordinatorRequest(), default).WaitAsync(Soon);
        Assert.Equal("piecemeal", lease.Response.Host);
    }

    [Fact]
    public async Task An_answer_to_another_request_breaks_the_connection_at_once()
    {
        await using var broker = ScriptedBroker.Speaking(async peer =>
        {
            var (header, _) = await peer.ReadAsync();
            await peer.ReadAsync();
            await peer.AnswerAsync(new RequestHeader { Key = header.Key, Version = header.Version, CorrelationId = header.CorrelationId + 7 }, new FindCoordinatorResponse());
            await peer.IsClosedByClientAsync();
        });
        await using var connection = await broker.ConnectAsync();
        var first = await connection.BeginAsync(new FindCoordinatorRequest(), default);
        var second = await connection.BeginAsync(new FindCoordinatorRequest(), default);
        foreach (var answer in new[] { first, second })
        {
            var lost = await Assert.ThrowsAsync<BrokerConnectionException>(() => answer.WaitAsync(Soon));
            Assert.Contains("awaited", lost.Message);
            Assert.True(lost.IsTransient);
        }

        Assert.False(connection.IsOpen);
    }

    [Fact]
    public async Task An_answer_that_nobody_asked_for_breaks_the_connection()
    {
        await using var broker = ScriptedBroker.Speaking(async peer =>
        {
            var (header, _) = await peer.ReadAsync();
            await peer.AnswerAsync(header, new FindCoordinatorResponse());
            await peer.AnswerAsync(header, new FindCoordinatorResponse());
            await peer.IsClosedByClientAsync();
        });
        await using var connection = await broker.ConnectAsync();
        (await connection.SendAsync(new FindCoordinatorRequest(), default).WaitAsync(Soon)).Dispose();
        await Eventually.HoldsAsync(() => !connection.IsOpen);
        await Assert.ThrowsAsync<BrokerConnectionException>(() => connection.SendAsync(new FindCoordinatorRequest(), default));
    }

    [Fact]
    public async Task A_frame_that_is_cut_off_is_a_lost_connection()
    {
        await using var broker = ScriptedBroker.Speaking(async peer =>
        {
            var (header, _) = await peer.ReadAsync();
            await peer.SendAsync(ScriptedBroker.Peer.Frame(header, new FindCoordinatorResponse { Host = "h" })[..^1]);
        });
        await using var connection = await broker.ConnectAsync();
        var lost = await Assert.ThrowsAsync<BrokerConnectionException>(() => connection.SendAsync(new FindCoordinatorRequest(), default).WaitAsync(Soon));
        Assert.Contains(broker.Address.ToString(), lost.Message);
        Assert.Contains("closed the connection", lost.Message);
    }

    [Fact]
    public async Task An_answer_that_can_not_be_read_names_the_API_and_breaks_the_connection()
    {
        await using var broker = ScriptedBroker.Speaking(async peer =>
        {
            var (header, _) = await peer.ReadAsync();
            var frame = new byte[4 + 4 + 3];
            frame[3] = 7;
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), header.CorrelationId);
            await peer.SendAsync(frame);
            await peer.IsClosedByClientAsync();
        });
        await using var connection = await broker.ConnectAsync();
        var broken = await Assert.ThrowsAsync<BrokerConnectionException>(() => connection.SendAsync(new FindCoordinatorRequest(), default).WaitAsync(Soon));
        Assert.Contains("FindCoordinator", broken.Message);
        Assert.False(connection.IsOpen);
    }

    [Theory]
    [InlineData(0x48545450)] // what a web server answers
    [InlineData(1025)]
    [InlineData(-1)]
    [InlineData(3)]
    public async Task A_length_that_makes_no_sense_is_not_believed(int claim)
    {
        await using var broker = ScriptedBroker.Speaking(async peer =>
        {
            await peer.ReadAsync();
            var length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, claim);
            await peer.SendAsync(length);
            await peer.IsClosedByClientAsync();
        });
        await using var connection = await broker.ConnectAsync(("receive.message.max.bytes", "1024"));
        var broken = await Assert.ThrowsAsync<BrokerConnectionException>(() => connection.SendAsync(new FindCoordinatorRequest(), default).WaitAsync(Soon));
        Assert.Contains($"{claim} bytes", broken.Message);
        Assert.Contains("receive.message.max.bytes", broken.Message);
    }

    [Fact]
    public async Task A_broker_that_does_not_answer_in_time_is_given_up_and_the_connection_dropped()
    {
        var time = new FakeTimeProvider();
        var asked = new TaskCompletionSource();
        var closed = new TaskCompletionSource();
        await using var broker = ScriptedBroker.Speaking(async peer =>
        {
            await peer.ReadAsync();
            asked.SetResult();
            await peer.IsClosedByClientAsync();
            closed.SetResult();
        });
        await using var connection = await BrokerConnection.OpenAsync(broker.Address, broker.Options(20, ("socket.timeout.ms", "5000")), time, default).WaitAsync(Soon);
        var answer = connection.SendAsync(new FindCoordinatorRequest(), default);
        await asked.Task.WaitAsync(Soon);
        time.Advance(TimeSpan.FromMilliseconds(4_999));
        Assert.False(answer.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        var lost = await Assert.ThrowsAsync<BrokerConnectionException>(() => answer.WaitAsync(Soon));
        Assert.Contains("no answer to FindCoordinator within 5 s", lost.Message);
        Assert.Contains(broker.Address.ToString(), lost.Message);
        Assert.False(connection.IsOpen);
        await closed.Task.WaitAsync(Soon);
    }

    [Fact]
    public async Task A_broker_that_does_not_take_a_request_in_time_is_given_up()
    {
        var time = new FakeTimeProvider();
        await using var broker = ScriptedBroker.Speaking(peer => Task.Delay(Timeout.Infinite, peer.Stopping));
        await using var connection = await BrokerConnection.OpenAsync(broker.Address, broker.Options(20, ("socket.timeout.ms", "5000")), time, default).WaitAsync(Soon);
        var sending = connection.BeginAsync(MoreThanSocketsHold(), default);
        await StandsStill.AssertAsync(sending);
        time.Advance(TimeSpan.FromSeconds(5));
        var lost = await Assert.ThrowsAsync<BrokerConnectionException>(() => sending.WaitAsync(Soon));
        Assert.Contains("did not take Produce within 5 s", lost.Message);
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public async Task A_connection_lost_while_a_request_is_being_sent_is_a_lost_connection()
    {
        var mayClose = new TaskCompletionSource();
        await using var broker = ScriptedBroker.Speaking(async peer =>
        {
            await peer.TakeSomeAsync();
            await peer.SendAsync([0, 0, 0, 4, 0, 0, 0, 99]); // an answer that nobody awaits, while the request is on its way
            await mayClose.Task;
        });
        await using var connection = await broker.ConnectAsync();
        var lost = await Assert.ThrowsAsync<BrokerConnectionException>(async () => await await connection.BeginAsync(MoreThanSocketsHold(), default).WaitAsync(Soon));
        Assert.True(lost.IsTransient);
        mayClose.SetResult();
    }

    [Fact]
    public async Task A_request_that_is_cancelled_while_it_is_being_sent_drops_the_connection()
    {
        await using var broker = ScriptedBroker.Speaking(peer => Task.Delay(Timeout.Infinite, peer.Stopping));
        await using var connection = await broker.ConnectAsync();
        using var cancel = new CancellationTokenSource();
        var sending = connection.BeginAsync(MoreThanSocketsHold(), cancel.Token);
        await StandsStill.AssertAsync(sending);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(Soon));
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public async Task A_cancelled_wait_drops_the_connection_and_who_waits_beside_it_learns_so()
    {
        var closed = new TaskCompletionSource();
        await using var broker = ScriptedBroker.Speaking(async peer =>
        {
            await peer.IsClosedByClientAsync();
            closed.SetResult();
        });
        await using var connection = await broker.ConnectAsync();
        using var cancel = new CancellationTokenSource();
        var cancelled = await connection.BeginAsync(new FindCoordinatorRequest(), cancel.Token);
        var beside = await connection.BeginAsync(new FindCoordinatorRequest(), default);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Soon));
        await Assert.ThrowsAsync<BrokerConnectionException>(() => beside.WaitAsync(Soon));
        Assert.False(connection.IsOpen);
        await closed.Task.WaitAsync(Soon);
        await Assert.ThrowsAsync<BrokerConnectionException>(() => connection.SendAsync(new FindCoordinatorRequest(), default));
    }

    [Fact]
    public async Task A_request_that_a_lost_connection_refuses_does_not_keep_other_threads_from_it()
    {
        await using var broker = ScriptedBroker.Speaking(peer => peer.IsClosedByClientAsync());
        var connection = await broker.ConnectAsync();
        await connection.DisposeAsync().AsTask().WaitAsync(Soon);
        for (var thread = 0; thread < 2; thread++)
        {
            var refused = Task.Factory.StartNew(
                () => connection.SendAsync(new FindCoordinatorRequest(), default), default, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
            await Assert.ThrowsAsync<BrokerConnectionException>(() => refused.WaitAsync(Soon));
        }
    }

    [Fact]
    public async Task A_lease_gives_its_memory_back_once()
    {
        await using var broker = ScriptedBroker.Answering(_ => new FindCoordinatorResponse());
        await using var connection = await broker.ConnectAsync();
        var lease = await connection.SendAsync(new FindCoordinatorRequest(), default).WaitAsync(Soon);
        lease.Dispose();
        lease.Dispose();
    }

    [Fact]
    public async Task Disposing_ends_what_is_awaited()
    {
        await using var broker = ScriptedBroker.Speaking(peer => peer.IsClosedByClientAsync());
        var connection = await broker.ConnectAsync();
        var answer = await connection.BeginAsync(new FindCoordinatorRequest(), default);
        await connection.DisposeAsync();
        await connection.DisposeAsync();
        await Assert.ThrowsAsync<BrokerConnectionException>(() => answer.WaitAsync(Soon));
    }

    private static ProduceRequest MoreThanSocketsHold() =>
        new() { Topics = [new ProduceTopic { Topic = "t", Partitions = [new ProducePartition { Records = new byte[64 << 20] }] }] };
}
