using System.Text.Json;
using KafkaBackup.Broker.State;
using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Security;

/// <summary>The access control entries of a cluster, kept in `acls.json`. An entry that is there already is not kept twice.</summary>
internal sealed class AclStore
{
    private readonly Lock _lock = new();
    private readonly string _path;
    private List<Acl> _entries;

    public AclStore(DataFolder folder)
    {
        _path = folder.Acls;
        _entries = File.Exists(_path) ? [.. JsonSerializer.Deserialize(File.ReadAllBytes(_path), StateJson.Default.AclsFile)!.Acls.Select(a => a.ToAcl())] : [];
    }

    public IReadOnlyList<Acl> Find(AclFilter filter)
    {
        lock (_lock)
            return [.. _entries.Where(entry => filter.Covers(entry))];
    }

    public void Add(IEnumerable<Acl> entries) => Change(all => [.. all.Union(entries)]);

    /// <summary>Removes what a filter covers, and says what it was.</summary>
    public IReadOnlyList<Acl> Remove(AclFilter filter)
    {
        List<Acl> removed = [];
        Change(all =>
        {
            removed = all.FindAll(entry => filter.Covers(entry));
            return all.FindAll(entry => !filter.Covers(entry));
        });
        return removed;
    }

    private void Change(Func<List<Acl>, List<Acl>> change)
    {
        lock (_lock)
        {
            var changed = change(_entries);
            if (changed.Count == _entries.Count)
                return;
            var temporary = _path + ".tmp";
            File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(new AclsFile([.. changed.Select(AclState.Of)]), StateJson.Default.AclsFile));
            File.Move(temporary, _path, overwrite: true);
            _entries = changed;
        }
    }
}
