using System.CommandLine;
using System.Globalization;
using System.Text;
using KafkaBackup.Cli.Output;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Reading;
using KafkaBackup.Workflows.Restore;
using KafkaBackup.Workflows.Selection;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>cat TOPIC</c>: records from a backup, without a cluster.</summary>
internal static class CatCommand
{
    public static Command Create()
    {
        var repository = new RepositoryAccess();
        var topic = new Argument<string>("topic") { Description = "The topic's name in the backup" };
        var epoch = CommonOptions.Epoch("The epoch's number; the latest one where left out");
        var partition = Number("--partition", "A partition; all, one after the other, where left out");
        var offset = Number("--offset", "The first offset in each partition; the log's start where left out");
        var time = CommonOptions.Time("--time", "Begin in each partition at the first record of this time or later (UTC where no zone is given); at the log's start where left out");
        var key = new Option<string?>("--key") { Description = "Only records with this key (its bytes in UTF-8); all where left out" };
        var max = Number("--max", "The most records that are printed; all where left out");
        var json = new Option<bool>("--json") { Description = "Print a JSON object a line; words by default" };
        var command = new Command("cat", "Print records out of a backup, without a cluster: what a consumer would have seen at the epoch") { topic, epoch, partition, offset, time, key, max, json };
        repository.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var opened = await repository.OpenAsync(parsed, cancellation);
            var found = await EpochSelection.FindAsync(opened, parsed.GetValue(epoch), null, cancellation);
            var held = TopicOf(found, parsed.GetRequiredValue(topic));
            var query = new RecordQuery
            {
                Partition = PartitionOf(held, parsed.GetValue(partition)),
                Offset = parsed.GetValue(offset),
                Time = parsed.GetValue(time)?.ToUnixTimeMilliseconds(),
                Key = parsed.GetValue(key) is { } text ? Encoding.UTF8.GetBytes(text) : default(ReadOnlyMemory<byte>?),
            };
            await PrintAsync(new RecordReader(opened, found).ReadAsync(held.Name, query, cancellation), parsed.GetValue(max) ?? long.MaxValue, parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    private static Option<long?> Number(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            if (long.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return number;
            result.AddError($"'{result.Tokens[0].Value}' is no number for {name}: give 0 or more");
            return null;
        },
    };

    private static TopicEpoch TopicOf(Epoch epoch, string name) => epoch.Core.Topics.FirstOrDefault(t => t.Name == name)
        ?? throw new NothingSelectedException($"there is no topic '{name}' in epoch {epoch.Sequence}{NameSelection.Hint(name, [.. epoch.Core.Topics.Select(t => t.Name)])}");

    private static int? PartitionOf(TopicEpoch topic, long? number) =>
        number is not { } wanted ? null
        : topic.Partitions.Any(p => p.Partition == wanted) ? (int)wanted
        : throw new NothingSelectedException($"topic '{topic.Name}' has no partition {wanted} in this epoch; it has {topic.Partitions.Count}, from 0 on");

    private static async Task PrintAsync(IAsyncEnumerable<BackedUpRecord> records, long max, bool json)
    {
        await using var output = StandardOutput.Open();
        var lines = new RecordLines(output, json, isWatched: !Console.IsOutputRedirected);
        try
        {
            await foreach (var record in max == 0 ? AsyncEnumerable.Empty<BackedUpRecord>() : records)
            {
                lines.Write(record);
                if (lines.Count == max || lines.IsUnread)
                    break;
            }
        }
        finally
        {
            // Also what came before damage.
            lines.Flush();
        }
    }
}
