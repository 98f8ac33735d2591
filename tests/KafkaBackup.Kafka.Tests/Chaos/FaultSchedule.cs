using KafkaBackup.Broker.Faults;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Kafka.Tests.Chaos;

/// <summary>
/// What goes wrong in one run: drawn from a seed, so that a run that fails can be run again. Every fault at every API is dealt in turn, in an
/// order of the seed's: so many runs as <see cref="RunsForAll"/> deal each of them, and each meets what it was dealt.
/// </summary>
internal sealed class FaultSchedule(int seed, int number)
{
    /// <summary>How many faults a run begins with that are dealt in turn.</summary>
    private const int Dealt = 2;

    /// <summary>What each API may be answered with that passes.</summary>
    private static readonly (ApiKey Api, ErrorCode[] Errors)[] Apis =
    [
        (ApiKey.ApiVersions, [ErrorCode.RequestTimedOut, ErrorCode.NetworkException, ErrorCode.CoordinatorLoadInProgress]),
        (ApiKey.Metadata, [ErrorCode.LeaderNotAvailable, ErrorCode.UnknownTopicOrPartition]),
        (ApiKey.ListOffsets, [ErrorCode.NotLeaderOrFollower, ErrorCode.LeaderNotAvailable, ErrorCode.OffsetNotAvailable, ErrorCode.FencedLeaderEpoch, ErrorCode.UnknownLeaderEpoch]),
        (ApiKey.Fetch, [ErrorCode.NotLeaderOrFollower, ErrorCode.ReplicaNotAvailable, ErrorCode.KafkaStorageError, ErrorCode.FencedLeaderEpoch, ErrorCode.UnknownLeaderEpoch, ErrorCode.OffsetNotAvailable, ErrorCode.OffsetOutOfRange, ErrorCode.CorruptMessage]),
        (ApiKey.OffsetForLeaderEpoch, [ErrorCode.NotLeaderOrFollower, ErrorCode.UnknownTopicOrPartition, ErrorCode.FencedLeaderEpoch]),
        (ApiKey.Produce, [ErrorCode.NotLeaderOrFollower, ErrorCode.NotEnoughReplicas, ErrorCode.NotEnoughReplicasAfterAppend, ErrorCode.RequestTimedOut, ErrorCode.KafkaStorageError, ErrorCode.OutOfOrderSequenceNumber]),
        (ApiKey.InitProducerId, [ErrorCode.CoordinatorLoadInProgress, ErrorCode.CoordinatorNotAvailable, ErrorCode.ConcurrentTransactions]),
        (ApiKey.FindCoordinator, [ErrorCode.CoordinatorNotAvailable]),
        (ApiKey.OffsetCommit, [ErrorCode.NotCoordinator, ErrorCode.CoordinatorLoadInProgress, ErrorCode.RequestTimedOut]),
        (ApiKey.OffsetFetch, [ErrorCode.NotCoordinator, ErrorCode.CoordinatorLoadInProgress, ErrorCode.UnstableOffsetCommit]),
        (ApiKey.DescribeClientQuotas, [ErrorCode.RequestTimedOut, ErrorCode.NotController]),
        (ApiKey.DescribeAcls, [ErrorCode.RequestTimedOut, ErrorCode.ThrottlingQuotaExceeded]),
        (ApiKey.CreateAcls, [ErrorCode.RequestTimedOut, ErrorCode.NotController]),
    ];

    private readonly Random _random = new(unchecked((seed * 397) ^ number));

    /// <summary>Every fault that runs throw, by API and kind.</summary>
    public static IReadOnlyList<(ApiKey Api, FaultKind Kind)> All { get; } =
    [
        .. Apis.SelectMany(api => ((FaultKind[])[FaultKind.Delay, FaultKind.Cut, FaultKind.CutAfter, FaultKind.Error, FaultKind.Throttle]).Select(kind => (api.Api, kind))),
        (ApiKey.Fetch, FaultKind.Corruption),
        (ApiKey.Produce, FaultKind.Late),
    ];

    /// <summary>After so many runs, from any on, each fault was dealt.</summary>
    public static int RunsForAll => (All.Count + Dealt - 1) / Dealt;

    /// <summary>What a run of a seed is dealt.</summary>
    public static IEnumerable<(ApiKey Api, FaultKind Kind)> DealtTo(int seed, int number)
    {
        var order = All.ToArray();
        new Random(seed).Shuffle(order);
        return Enumerable.Range(number * Dealt, Dealt).Select(turn => order[turn % order.Length]);
    }

    /// <summary>Throws what the run begins with: what it is dealt, and some at random.</summary>
    public void Begin(ThreeBrokers brokers)
    {
        brokers.Faults.Clear();
        // What is dealt comes last: a fault at random of its kind must not take its place.
        foreach (var fault in Enumerable.Range(0, _random.Next(1, 6)).Select(_ => All[_random.Next(All.Count)]).Concat(DealtTo(seed, number)))
            Throw(brokers, fault);
        // Now and then produce requests land after their client has gone.
        if (_random.Next(5) == 0)
            Throw(brokers, (ApiKey.Produce, FaultKind.Late));
    }

    /// <summary>Goes on until it is told to stop: leaders move, brokers stop, die, and start again, and more goes wrong; then all is right.</summary>
    public async Task GoOnAsync(ThreeBrokers brokers, IReadOnlyList<string> topics, Action<string> note, CancellationToken over)
    {
        var more = 8;
        try
        {
            while (true)
            {
                await Task.Delay(_random.Next(1, 20), over);
                var node = brokers.Nodes[_random.Next(brokers.Nodes.Count)];
                switch (_random.Next(4))
                {
                    case 0:
                        brokers.Move(topics[_random.Next(topics.Count)], _random.Next(ThreeBrokers.Logs.Length), node.Id);
                        note("leader moved");
                        break;
                    case 1 when node.IsRunning && brokers.Nodes.Count(n => n.IsRunning) == brokers.Nodes.Count:
                        var dies = _random.Next(2) == 0;
                        await node.StopAsync(dies ? TimeSpan.FromMilliseconds(_random.Next(1, 40)) : null);
                        note(dies ? "broker died" : "broker stopped");
                        break;
                    case 2 when brokers.Nodes.FirstOrDefault(n => !n.IsRunning) is { } stopped:
                        stopped.Start();
                        note("broker started");
                        break;
                    case 3 when more-- > 0:
                        Throw(brokers, All[_random.Next(All.Count)]);
                        break;
                }
            }
        }
        catch (OperationCanceledException)
        {
            brokers.Faults.Clear();
            foreach (var node in brokers.Nodes.Where(n => !n.IsRunning))
                node.Start();
        }
    }

    private void Throw(ThreeBrokers brokers, (ApiKey Api, FaultKind Kind) fault)
    {
        var count = _random.Next(1, 4);
        switch (fault.Kind)
        {
            case FaultKind.Delay:
                brokers.Faults.Delay(fault.Api, TimeSpan.FromMilliseconds(_random.Next(1, 25)), count);
                break;
            case FaultKind.Throttle:
                brokers.Faults.Throttle(fault.Api, TimeSpan.FromMilliseconds(_random.Next(1, 25)), count);
                break;
            case FaultKind.Late:
                // From now on produce requests land after their client has gone.
                brokers.Faults.Late = new LateDelivery(TimeSpan.FromMilliseconds(_random.Next(1, 5)), TimeSpan.FromMilliseconds(_random.Next(1, 30)));
                break;
            case FaultKind.Error:
                var errors = Apis.First(a => a.Api == fault.Api).Errors;
                brokers.Faults.Fail(fault.Api, errors[_random.Next(errors.Length)], count);
                break;
            case FaultKind.Corruption:
                brokers.Faults.Corrupt(fault.Api, _random.Next(1, 3)); // a third in a row would be taken for the log's own damage
                break;
            default:
                brokers.Faults.Cut(fault.Api, count, fault.Kind == FaultKind.CutAfter);
                break;
        }
    }
}
