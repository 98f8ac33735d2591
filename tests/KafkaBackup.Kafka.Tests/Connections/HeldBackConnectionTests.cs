using System.Collections.Concurrent;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Connections;

/// <summary>A connection whose broker says for how long it wants to hear nothing.</summary>
public sealed class HeldBackConnectionTests
{
    private static readonly TimeSpan Soon = Eventually.Soon;

    [Fact]
    public async Task Nothing_is_sent_while_the_broker_holds_its_client_back_whichever_answer_said_so()
    {
        foreach (var (request, answer) in ((Request, Response)[])
        [
            (new ProduceRequest(), new ProduceResponse()), (new FetchRequest(), new FetchResponse()), (new MetadataRequest(), new MetadataResponse()), (new ListOffsetsRequest(), new ListOffsetsResponse()),
            (new OffsetFetchRequest { GroupId = "g" }, new OffsetFetchResponse()), (new OffsetForLeaderEpochRequest(), new OffsetForLeaderEpochResponse()),
        ])
        {
            answer.ThrottleTimeMs = 5_000;
            var time = new FakeTimeProvider();
            var asked = new ConcurrentQueue<ApiKey>();
            await using var broker = ScriptedBroker.Answering(r =>
            {
                asked.Enqueue(r.Key);
                return r.Key == request.Key ? answer : new FindCoordinatorResponse();
            });
            await using var connection = await BrokerConnection.OpenAsync(broker.Address, broker.Options(), time, default).WaitAsync(Soon);
            await AskAsync(connection, request);
            var next = connection.SendAsync(new FindCoordinatorRequest { CoordinatorKey = "g" }, default);
            time.Advance(TimeSpan.FromMilliseconds(4_900));
            await StandsStill.AssertAsync(next);
            Assert.Equal([request.Key], asked);
            time.Advance(TimeSpan.FromMilliseconds(100));
            (await next.WaitAsync(Soon)).Dispose();
        }
    }

    [Fact]
    public async Task A_request_that_is_held_back_learns_that_the_connection_is_gone_and_can_be_cancelled()
    {
        await using var broker = ScriptedBroker.Answering(_ => new FindCoordinatorResponse { ThrottleTimeMs = int.MaxValue });
        var connection = await BrokerConnection.OpenAsync(broker.Address, broker.Options(), new FakeTimeProvider(), default).WaitAsync(Soon);
        (await connection.SendAsync(new FindCoordinatorRequest { CoordinatorKey = "g" }, default)).Dispose();

        using var cancel = new CancellationTokenSource();
        var cancelled = connection.SendAsync(new FindCoordinatorRequest { CoordinatorKey = "g" }, cancel.Token);
        await StandsStill.AssertAsync(cancelled);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Soon));
        Assert.True(connection.IsOpen); // nothing of it was sent

        var lost = connection.SendAsync(new FindCoordinatorRequest { CoordinatorKey = "g" }, default);
        await StandsStill.AssertAsync(lost);
        await connection.DisposeAsync();
        await Assert.ThrowsAsync<BrokerConnectionException>(() => lost.WaitAsync(Soon));
    }

    private static async Task AskAsync(BrokerConnection connection, Request request)
    {
        using IDisposable lease = request switch
        {
            ProduceRequest r => await connection.SendAsync(r, default).WaitAsync(Soon),
            FetchRequest r => await connection.SendAsync(r, default).WaitAsync(Soon),
            MetadataRequest r => await connection.SendAsync(r, default).WaitAsync(Soon),
            ListOffsetsRequest r => await connection.SendAsync(r, default).WaitAsync(Soon),
            OffsetFetchRequest r => await connection.SendAsync(r, default).WaitAsync(Soon),
            OffsetForLeaderEpochRequest r => await connection.SendAsync(r, default).WaitAsync(Soon),
            _ => throw new ArgumentException($"{request.Key} is not asked here", nameof(request)),
        };
    }
}
