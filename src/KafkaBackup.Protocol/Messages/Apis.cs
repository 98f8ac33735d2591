using System.Collections.Frozen;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Every API that this codec speaks, with its versions.</summary>
public static class Apis
{
    /// <summary>The APIs by key.</summary>
    public static FrozenDictionary<ApiKey, Api> All { get; } = new[]
    {
        Api.Of<ProduceRequest, ProduceResponse>(ApiKey.Produce, 3, 8, 9),
        Api.Of<FetchRequest, FetchResponse>(ApiKey.Fetch, 4, 11, 12),
    }.ToFrozenDictionary(api => api.Key);

    /// <summary>The API with <paramref name="key"/>.</summary>
    /// <exception cref="KeyNotFoundException">This codec does not speak it.</exception>
    public static Api Of(ApiKey key) => All[key];
}
