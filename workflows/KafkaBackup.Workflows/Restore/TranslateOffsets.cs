using KafkaBackup.Durable;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Workflows.Connections;

namespace KafkaBackup.Workflows.Restore;

/// <summary>Asks for the groups' offsets at the target.</summary>
public sealed record TranslateRequest(RestoreRequest Request, RestorePlan Plan, IReadOnlyList<RestoredSlice> Slices);

/// <summary>Translates what groups had committed, by the maps of what was written.</summary>
public sealed class TranslateOffsets(IConnections connections) : TaskActivity<TranslateRequest, TranslatedOffsets>
{
    /// <inheritdoc/>
    public override async Task<TranslatedOffsets> RunAsync(TaskActivityContext context, TranslateRequest input)
    {
        var store = connections.Repository(input.Request.Repository);
        var repository = await BackupRepository.OpenAsync(store, context.CancellationToken);
        var epoch = await repository.ReadEpochAsync(input.Plan.Epoch, context.CancellationToken);
        var artifacts = new RestoreArtifacts(store, input.Plan.RestoreId);
        var chosen = input.Plan.Groups.ToHashSet();
        var cuts = input.Plan.Topics.SelectMany(t => t.Partitions.Select(p => (Key: (t.Source, p.Partition), p.To))).ToDictionary(x => x.Key, x => x.To);
        var restored = input.Slices.SelectMany(s => s.Partitions).ToDictionary(p => (p.Source, p.Partition));
        var wanted = epoch.Core.Groups
            .Where(g => chosen.Contains(g.Group))
            .SelectMany(g => g.Offsets.Select(o => (g.Group, Offset: o)))
            .Where(x => restored.ContainsKey((x.Offset.Topic, x.Offset.Partition)))
            .ToList();

        var translated = new List<TranslatedOffset>();
        foreach (var partition in wanted.GroupBy(x => (x.Offset.Topic, x.Offset.Partition)))
        {
            var target = restored[partition.Key];
            var map = await artifacts.ReadMapAsync(target.Target, target.Partition, context.CancellationToken);
            foreach (var (group, offset) in partition)
            {
                var (to, rule) = OffsetTranslation.Translate(map.Map, map.TargetStart, map.TargetEnd, cuts[partition.Key], offset.Offset);
                translated.Add(new TranslatedOffset(
                    group, offset.Topic, target.Target, offset.Partition, offset.Offset, to, rule, offset.State != GroupOffsetState.Exact, offset.Metadata));
            }
        }

        return new TranslatedOffsets([.. translated
            .OrderBy(t => t.Group, StringComparer.Ordinal).ThenBy(t => t.Topic, StringComparer.Ordinal).ThenBy(t => t.Partition)]);
    }
}
