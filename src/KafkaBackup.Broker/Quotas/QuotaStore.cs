using System.Text.Json;
using KafkaBackup.Broker.State;

namespace KafkaBackup.Broker.Quotas;

/// <summary>The quotas of users and clients, kept in `quotas.json`.</summary>
internal sealed class QuotaStore
{
    public const string ProducerByteRate = "producer_byte_rate";
    public const string ConsumerByteRate = "consumer_byte_rate";

    private readonly Lock _lock = new();
    private readonly string _path;
    private Dictionary<QuotaSubject, IReadOnlyDictionary<string, double>> _quotas;

    public QuotaStore(DataFolder folder)
    {
        _path = folder.Quotas;
        var file = File.Exists(_path) ? JsonSerializer.Deserialize(File.ReadAllBytes(_path), StateJson.Default.QuotasFile) : null;
        _quotas = (file?.Quotas ?? []).ToDictionary(quota => new QuotaSubject(quota.User, quota.Client), quota => quota.Values);
    }

    /// <summary>All of them; replaced, never changed.</summary>
    public IReadOnlyDictionary<QuotaSubject, IReadOnlyDictionary<string, double>> All => Volatile.Read(ref _quotas);

    /// <summary>Whether a quota can be called so: what is kept of the others is kept, and enforced by nobody.</summary>
    public static bool IsKnown(string key) => key is ProducerByteRate or ConsumerByteRate or "request_percentage" or "controller_mutation_rate";

    /// <summary>Sets some of a subject's quotas; null removes one.</summary>
    public void Set(QuotaSubject subject, IReadOnlyDictionary<string, double?> changes)
    {
        lock (_lock)
        {
            var values = _quotas.GetValueOrDefault(subject, new Dictionary<string, double>()).ToDictionary();
            foreach (var (key, value) in changes)
            {
                if (value is { } set)
                    values[key] = set;
                else
                    values.Remove(key);
            }

            var quotas = _quotas.ToDictionary();
            quotas[subject] = values;
            if (values.Count == 0)
                quotas.Remove(subject);
            var file = new QuotasFile([.. quotas.Select(quota => new QuotaState(quota.Key.User, quota.Key.Client, quota.Value))]);
            var temporary = _path + ".tmp";
            File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(file, StateJson.Default.QuotasFile));
            File.Move(temporary, _path, overwrite: true);
            Volatile.Write(ref _quotas, quotas);
        }
    }
}
