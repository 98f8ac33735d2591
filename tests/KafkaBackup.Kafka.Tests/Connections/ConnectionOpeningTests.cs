using System.Net;
using System.Net.Sockets;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Connections;

/// <summary>Opening a connection: whom it reaches, and which versions are spoken over it.</summary>
public sealed class ConnectionOpeningTests
{
    private static readonly TimeSpan Soon = Eventually.Soon;

    [Fact]
    public async Task Where_nobody_listens_one_error_names_host_and_port()
    {
        var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var address = new BrokerAddress("127.0.0.1", ((IPEndPoint)free.LocalEndpoint).Port);
        free.Stop();
        var refused = await Assert.ThrowsAsync<BrokerConnectionException>(
            () => BrokerConnection.OpenAsync(address, ClusterOptions.For(address.ToString()), TimeProvider.System, default).WaitAsync(Soon));
        Assert.StartsWith($"broker 127.0.0.1:{address.Port}: can't connect: ", refused.Message);
        Assert.True(refused.IsTransient);
    }

    [Fact]
    public async Task Opening_can_be_cancelled_while_versions_are_asked_for()
    {
        var asked = new TaskCompletionSource();
        await using var broker = ScriptedBroker.Raw(async peer =>
        {
            await peer.ReadAsync();
            asked.SetResult();
            await peer.IsClosedByClientAsync();
        });
        using var cancel = new CancellationTokenSource();
        var opening = BrokerConnection.OpenAsync(broker.Address, broker.Options(), TimeProvider.System, cancel.Token);
        await asked.Task.WaitAsync(Soon);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening.WaitAsync(Soon));
    }

    [Fact]
    public async Task Versions_are_asked_for_in_the_version_that_every_broker_answers()
    {
        RequestHeader? negotiation = null;
        await using var broker = ScriptedBroker.Raw(async peer =>
        {
            (negotiation, _) = await peer.ReadAsync();
            await peer.AnswerAsync(negotiation, ScriptedBroker.Versions());
            await peer.IsClosedByClientAsync();
        });
        await using var connection = await broker.ConnectAsync();
        Assert.Equal((ApiKey.ApiVersions, (short)0, "kafka-backup"), (negotiation!.Key, negotiation.Version, negotiation.ClientId));
    }

    [Fact]
    public async Task The_highest_common_version_is_spoken_and_an_API_without_one_is_refused_by_name()
    {
        var spoken = new TaskCompletionSource<short>();
        await using var broker = ScriptedBroker.Raw(async peer =>
        {
            var (header, _) = await peer.ReadAsync();
            await peer.AnswerAsync(header, ScriptedBroker.Versions(
                new ApiVersionRange { ApiKey = (short)ApiKey.Fetch, MinVersion = 0, MaxVersion = 6 },
                new ApiVersionRange { ApiKey = (short)ApiKey.Produce, MinVersion = 0, MaxVersion = 2 },
                new ApiVersionRange { ApiKey = (short)ApiKey.ListOffsets, MinVersion = 7, MaxVersion = 9 },
                new ApiVersionRange { ApiKey = (short)ApiKey.Metadata, MinVersion = 0, MaxVersion = 12 },
                new ApiVersionRange { ApiKey = 999, MinVersion = 0, MaxVersion = 0 }));
            (header, _) = await peer.ReadAsync();
            spoken.SetResult(header.Version);
            await peer.AnswerAsync(header, new FetchResponse());
            await peer.IsClosedByClientAsync();
        });
        await using var connection = await broker.ConnectAsync();
        Assert.Equal((6, 8), (connection.VersionOf(ApiKey.Fetch), connection.VersionOf(ApiKey.Metadata)));
        (await connection.SendAsync(new FetchRequest(), default).WaitAsync(Soon)).Dispose();
        Assert.Equal(6, await spoken.Task);
        foreach (var api in new[] { ApiKey.Produce, ApiKey.ListOffsets, ApiKey.OffsetFetch })
            Assert.Contains($"speaks no version of {api}", Assert.Throws<UnsupportedBrokerException>(() => connection.VersionOf(api)).Message);
        await Assert.ThrowsAsync<UnsupportedBrokerException>(() => connection.SendAsync(new ProduceRequest(), default));
        Assert.True(connection.IsOpen);
    }

    [Fact]
    public async Task A_broker_that_refuses_to_tell_its_versions_is_named_with_its_error()
    {
        await using var broker = ScriptedBroker.Raw(async peer =>
        {
            var (header, _) = await peer.ReadAsync();
            await peer.AnswerAsync(header, new ApiVersionsResponse { ErrorCode = ErrorCode.UnsupportedVersion });
            await peer.IsClosedByClientAsync();
        });
        var refused = await Assert.ThrowsAsync<BrokerErrorException>(() => broker.ConnectAsync());
        Assert.Equal(ErrorCode.UnsupportedVersion, refused.Code);
        Assert.Contains(broker.Address.ToString(), refused.Message);
    }
}
