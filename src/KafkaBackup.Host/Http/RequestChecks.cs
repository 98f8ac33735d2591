using System.Text.Json;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Workflows.Backup;
using KafkaBackup.Workflows.Connections;
using KafkaBackup.Workflows.Merging;
using KafkaBackup.Workflows.Restore;
using KafkaBackup.Workflows.Retention;
using KafkaBackup.Workflows.Selection;

namespace KafkaBackup.Host.Http;

/// <summary>Finds what can be known to be wrong with a request before anything is started; each fault names its field.</summary>
internal sealed class RequestChecks(IConnections connections)
{
    public void Check(BackupRequest request) => Check(
        Connections(request.Cluster, request.Repository),
        Selectors("topics", request.Topics), Selectors("exclude", request.Exclude), Selectors("groups", request.Groups),
        Positive("segmentBytes", request.SegmentBytes), Positive("packBytes", request.PackBytes), Positive("rateLimit", request.RateLimit),
        request.PackedSegmentBytes < 0 ? [("packedSegmentBytes", $"is 0 or more, not {request.PackedSegmentBytes}")] : []);

    public void Check(RestoreRequest request) => Check(
        Connections(request.Cluster, request.Repository),
        Selectors("topics", request.Topics), Selectors("groups", request.Groups), Fault("map", () => TopicMapping.Parse(request.Map)),
        Positive("epoch", request.Epoch), Positive("rateLimit", request.RateLimit),
        request.Epoch is not null && request.AsOf is not null ? [("asOf", "an epoch is given as well: give one of the two")] : []);

    public void Check(PruneRequest request) => Check(
        Fault("repository", () => connections.Repository(request.Repository)),
        RetentionSettings.Faults(request.Policy, JsonNamingPolicy.CamelCase.ConvertName).Select(fault => ("policy", fault)));

    public void Check(MergeRequest request) => Check(
        Fault("repository", () => connections.Repository(request.Repository)),
        Selectors("topics", request.Topics), Positive("segmentBytes", request.SegmentBytes),
        request.SegmentBytes > int.MaxValue ? [("segmentBytes", $"is {int.MaxValue} or less, not {request.SegmentBytes}")] : [],
        request.LeastSegments < 2 ? [("leastSegments", $"is 2 or more, not {request.LeastSegments}")] : []);

    private static void Check(params IEnumerable<(string Field, string Fault)>[] faults)
    {
        var errors = faults.SelectMany(f => f).GroupBy(f => f.Field).ToDictionary(f => f.Key, f => f.Select(x => x.Fault).ToArray());
        if (errors.Count > 0)
            throw new BodyException(errors);
    }

    private IEnumerable<(string Field, string Fault)> Connections(string cluster, string repository) =>
        Fault("cluster", () => connections.Cluster(cluster)).Concat(Fault("repository", () => connections.Repository(repository)));

    private static IEnumerable<(string Field, string Fault)> Selectors(string field, IEnumerable<string> selectors) =>
        selectors.SelectMany(selector => Fault(field, () => NameSelector.Parse(selector)));

    private static IEnumerable<(string Field, string Fault)> Positive(string field, long? value) =>
        value <= 0 ? [(field, $"is above 0, not {value}")] : [];

    private static IEnumerable<(string Field, string Fault)> Fault(string field, Action check)
    {
        try
        {
            check();
            return [];
        }
        catch (Exception e) when (e is ConnectionNotFoundException or ClusterConfigurationException or SelectorFormatException)
        {
            return [(field, e.Message)];
        }
    }
}
