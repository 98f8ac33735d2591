using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using KafkaBackup.Repository.Epochs;

namespace KafkaBackup.Repository.Leases;

/// <summary>One term of the writer's lease. Source: FORMAT.md, "The writer's lease".</summary>
/// <param name="Format">What this is.</param>
/// <param name="Version">Of the format.</param>
/// <param name="Holder">The run that has it.</param>
/// <param name="Host">The machine that it runs on, for people.</param>
/// <param name="At">When the term began by that machine's clock, for people: nothing is decided by it.</param>
/// <param name="IsReturned">Whether the run has ended, so that anybody may take it.</param>
internal sealed record LeaseRecord(string Format, int Version, string Holder, string Host, DateTimeOffset At, bool IsReturned)
{
    public const string Folder = "locks/writer/";
    private const string Extension = ".json";
    private const string TheFormat = "kafka-backup-lease";

    public static LeaseRecord Of(LeaseHolder holder, DateTimeOffset at, bool isReturned) => new(TheFormat, 1, holder.Run, holder.Host, at, isReturned);

    public static string NameOf(long term) => string.Create(CultureInfo.InvariantCulture, $"{Folder}{term:D20}{Extension}");

    /// <summary>The term that a name says; null if it is not the name of one.</summary>
    public static long? TermOf(string name) => name.Length == Folder.Length + 20 + Extension.Length
        && long.TryParse(name.AsSpan(Folder.Length, 20), NumberStyles.None, CultureInfo.InvariantCulture, out var term) && NameOf(term) == name ? term : null;

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, LeaseJson.Default.LeaseRecord);

    /// <exception cref="DamagedObjectException">It is no such record.</exception>
    public static LeaseRecord Read(string name, byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, LeaseJson.Default.LeaseRecord) is { Format: TheFormat } record ? record : throw new DamagedObjectException(name, "it is no lease");
        }
        catch (JsonException e)
        {
            throw new DamagedObjectException(name, e.Message, e);
        }
    }
}

/// <summary>The serialization of leases.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(LeaseRecord))]
internal sealed partial class LeaseJson : JsonSerializerContext;
