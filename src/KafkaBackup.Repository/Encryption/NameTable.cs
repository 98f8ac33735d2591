using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Encryption;

/// <summary>The names of topics behind tokens, kept in objects of their own, for listings. Source: FORMAT.md, "Hidden topic names".</summary>
internal sealed class NameTable(EncryptedObjectStore store, IObjectStore inner, HiddenNames names)
{
    private const string Table = "names/";

    private readonly ConcurrentDictionary<string, string> topics = new(StringComparer.Ordinal);

    /// <summary>An object's name in the store.</summary>
    public string InStore(string name) => HiddenNames.TopicIn(name) is { } topic ? HiddenNames.Replace(name, topic, names.TokenOf(topic))
        : name.StartsWith(HiddenNames.Topics, StringComparison.Ordinal) ? throw new ArgumentException($"'{name}' has no topic that could be hidden")
        : name;

    /// <summary>An object's name in the store, once it is certain that the topic in it will be found again.</summary>
    public async ValueTask<string> RegisterAsync(string name, CancellationToken cancellationToken)
    {
        var stored = InStore(name);
        if (HiddenNames.TopicIn(name) is { } topic && !topics.ContainsKey(names.TokenOf(topic)))
        {
            await store.CreateAsync(Table + names.TokenOf(topic), Encoding.UTF8.GetBytes(topic), cancellationToken);
            topics[names.TokenOf(topic)] = topic;
        }

        return stored;
    }

    /// <summary>Lists by plain names, with stored lengths.</summary>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (HiddenNames.Topics.StartsWith(prefix, StringComparison.Ordinal) || HiddenNames.Restores.StartsWith(prefix, StringComparison.Ordinal))
        {
            // A listing of more than one kind: each is put in where the first object of its kind is met.
            var kinds = new HashSet<string>();
            await foreach (var found in inner.ListAsync(prefix, cancellationToken))
            {
                var kind = found.Name[..(found.Name.IndexOf('/') + 1)];
                if (kind is not (HiddenNames.Topics or HiddenNames.Restores or Table))
                    yield return found;
                else if (kind != Table && kinds.Add(kind))
                    await foreach (var below in (kind == HiddenNames.Topics ? ListTopicsAsync(kind, cancellationToken) : ListRestoresAsync(kind, cancellationToken)).WithCancellation(cancellationToken))
                        yield return below;
            }

            yield break;
        }

        var objects = prefix.StartsWith(HiddenNames.Topics, StringComparison.Ordinal) ? ListTopicsAsync(prefix, cancellationToken)
            : prefix.StartsWith(HiddenNames.Restores, StringComparison.Ordinal) ? ListRestoresAsync(prefix, cancellationToken)
            : inner.ListAsync(prefix, cancellationToken);
        await foreach (var found in objects.WithCancellation(cancellationToken))
        {
            if (!found.Name.StartsWith(Table, StringComparison.Ordinal))
                yield return found;
        }
    }

    /// <summary>What is wrong with the table.</summary>
    public async IAsyncEnumerable<DamagedObjectException> VerifyAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var found in inner.ListAsync(Table, cancellationToken))
        {
            if (await DamageAsync(found.Name[Table.Length..], cancellationToken) is { } damage)
                yield return damage;
        }
    }

    /// <summary>Topic by topic: within one, the order of the stored names is that of the plain ones.</summary>
    private async IAsyncEnumerable<StoredObject> ListTopicsAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var asked = HiddenNames.TopicIn(prefix);
        foreach (var topic in asked is null ? await TopicsAsync(prefix, cancellationToken) : [asked])
        {
            var folder = asked is null ? $"{HiddenNames.Topics}{topic}/" : prefix[..(prefix.LastIndexOf('/') + 1)];
            await foreach (var found in inner.ListAsync(HiddenNames.Replace(folder, topic, names.TokenOf(topic)), cancellationToken))
            {
                var name = HiddenNames.Replace(found.Name, names.TokenOf(topic), topic);
                if (name.StartsWith(prefix, StringComparison.Ordinal))
                    yield return found with { Name = name };
            }
        }
    }

    /// <summary>In the order of the names that begin with them, a slash behind.</summary>
    private async Task<IReadOnlyList<string>> TopicsAsync(string prefix, CancellationToken cancellationToken)
    {
        var known = new List<string>();
        await foreach (var found in inner.ListAsync(Table, cancellationToken))
        {
            var topic = await TopicAsync(found.Name[Table.Length..], cancellationToken);
            if ($"{HiddenNames.Topics}{topic}/".StartsWith(prefix, StringComparison.Ordinal))
                known.Add(topic);
        }

        return [.. known.OrderBy(topic => topic + "/", StringComparer.Ordinal)];
    }

    private async IAsyncEnumerable<StoredObject> ListRestoresAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var all = new List<StoredObject>();
        await foreach (var found in inner.ListAsync(prefix[..(prefix.LastIndexOf('/') + 1)], cancellationToken))
        {
            var name = HiddenNames.TopicIn(found.Name) is { } token ? HiddenNames.Replace(found.Name, token, await TopicAsync(token, cancellationToken)) : found.Name;
            if (name.StartsWith(prefix, StringComparison.Ordinal))
                all.Add(found with { Name = name });
        }

        foreach (var found in all.OrderBy(o => o.Name, StringComparer.Ordinal))
            yield return found;
    }

    private async ValueTask<string> TopicAsync(string token, CancellationToken cancellationToken)
    {
        if (topics.TryGetValue(token, out var known))
            return known;
        var topic = await ReadAsync(token, cancellationToken);
        topics[token] = topic;
        return topic;
    }

    private async Task<string> ReadAsync(string token, CancellationToken cancellationToken)
    {
        var topic = Encoding.UTF8.GetString(await store.ReadAllAsync(Table + token, cancellationToken));
        return names.TokenOf(topic) == token ? topic : throw new DamagedObjectException(Table + token, "it holds a name that has another token");
    }

    private async Task<DamagedObjectException?> DamageAsync(string token, CancellationToken cancellationToken)
    {
        try
        {
            await ReadAsync(token, cancellationToken);
            return null;
        }
        catch (DamagedObjectException e)
        {
            return e;
        }
    }
}
