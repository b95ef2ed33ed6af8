//! MITRE ATT&CK (Enterprise: the Linux and Containers matrices), as far as Falco's tags and this
//! project's indicators use it: id, name and tactics. Names are ATT&CK's own.

use Tactic::{
    Collection, CommandAndControl, CredentialAccess, DefenseEvasion, Discovery, Execution, Exfiltration, Impact,
    InitialAccess, LateralMovement, Persistence, PrivilegeEscalation, Reconnaissance,
};

/// What an adversary is after at one stage, in ATT&CK's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tactic {
    /// Gathering information for later use.
    Reconnaissance,
    /// Preparing accounts, infrastructure and tools.
    ResourceDevelopment,
    /// Getting in.
    InitialAccess,
    /// Running code.
    Execution,
    /// Staying in.
    Persistence,
    /// Gaining higher rights.
    PrivilegeEscalation,
    /// Not being noticed.
    DefenseEvasion,
    /// Stealing names, passwords, keys and tokens.
    CredentialAccess,
    /// Finding out about the surroundings.
    Discovery,
    /// Moving to other machines.
    LateralMovement,
    /// Gathering data of interest.
    Collection,
    /// Talking to what was taken over.
    CommandAndControl,
    /// Taking data out.
    Exfiltration,
    /// Destroying, stopping or abusing.
    Impact,
}

impl Tactic {
    /// All tactics, in ATT&CK's order.
    pub const ALL: [Self; 14] = [
        Self::Reconnaissance,
        Self::ResourceDevelopment,
        Self::InitialAccess,
        Self::Execution,
        Self::Persistence,
        Self::PrivilegeEscalation,
        Self::DefenseEvasion,
        Self::CredentialAccess,
        Self::Discovery,
        Self::LateralMovement,
        Self::Collection,
        Self::CommandAndControl,
        Self::Exfiltration,
        Self::Impact,
    ];

    /// ATT&CK's id, such as `TA0002`.
    pub const fn id(self) -> &'static str {
        self.row().0
    }

    /// ATT&CK's name, such as `Execution`.
    pub const fn name(self) -> &'static str {
        self.row().1
    }

    /// The tag of Falco's rules, such as `mitre_execution`.
    pub const fn tag(self) -> &'static str {
        self.row().2
    }

    const fn row(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Reconnaissance => ("TA0043", "Reconnaissance", "mitre_reconnaissance"),
            Self::ResourceDevelopment => ("TA0042", "Resource Development", "mitre_resource_development"),
            Self::InitialAccess => ("TA0001", "Initial Access", "mitre_initial_access"),
            Self::Execution => ("TA0002", "Execution", "mitre_execution"),
            Self::Persistence => ("TA0003", "Persistence", "mitre_persistence"),
            Self::PrivilegeEscalation => ("TA0004", "Privilege Escalation", "mitre_privilege_escalation"),
            Self::DefenseEvasion => ("TA0005", "Defense Evasion", "mitre_defense_evasion"),
            Self::CredentialAccess => ("TA0006", "Credential Access", "mitre_credential_access"),
            Self::Discovery => ("TA0007", "Discovery", "mitre_discovery"),
            Self::LateralMovement => ("TA0008", "Lateral Movement", "mitre_lateral_movement"),
            Self::Collection => ("TA0009", "Collection", "mitre_collection"),
            Self::CommandAndControl => ("TA0011", "Command and Control", "mitre_command_and_control"),
            Self::Exfiltration => ("TA0010", "Exfiltration", "mitre_exfiltration"),
            Self::Impact => ("TA0040", "Impact", "mitre_impact"),
        }
    }
}

/// One technique or sub-technique.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Technique {
    /// `T1059`, or `T1059.004` for a sub-technique.
    pub id: &'static str,
    /// The name; a sub-technique's own, without its parent's.
    pub name: &'static str,
    /// The tactics that ATT&CK lists it under.
    pub tactics: &'static [Tactic],
}

impl Technique {
    /// The technique that this sub-technique belongs to.
    pub fn parent(&self) -> Option<&'static Technique> {
        let (parent, _) = self.id.split_once('.')?;
        technique(parent)
    }

    /// The name as ATT&CK prints it, `Command and Scripting Interpreter: Unix Shell`.
    pub fn full_name(&self) -> String {
        match self.parent() {
            Some(parent) => format!("{}: {}", parent.name, self.name),
            None => self.name.to_owned(),
        }
    }
}

/// The technique with this id, in any case (`t1059.004` is accepted).
pub fn technique(id: &str) -> Option<&'static Technique> {
    // Most of what is asked for are tags of another kind.
    id.starts_with(['T', 't']).then_some(())?;
    let matches = |row: &Technique| {
        let own = row.id.bytes();
        own.cmp(id.bytes().map(|byte| byte.to_ascii_uppercase()))
    };
    let index = TECHNIQUES.binary_search_by(matches).ok()?;
    Some(&TECHNIQUES[index])
}

/// All techniques, sorted by id.
pub fn techniques() -> &'static [Technique] {
    TECHNIQUES
}

/// The tactic of a rule's tag, such as `mitre_execution`.
pub fn tactic_from_tag(tag: &str) -> Option<Tactic> {
    Tactic::ALL.into_iter().find(|tactic| tactic.tag().eq_ignore_ascii_case(tag))
}

/// The tactic with this id, such as `TA0002`: some rules are tagged so instead of by technique.
pub fn tactic_from_id(id: &str) -> Option<Tactic> {
    Tactic::ALL.into_iter().find(|tactic| tactic.id().eq_ignore_ascii_case(id))
}

const fn row(id: &'static str, name: &'static str, tactics: &'static [Tactic]) -> Technique {
    Technique { id, name, tactics }
}

/// Persistence, then what it also gives.
const AUTOSTART: &[Tactic] = &[Persistence, PrivilegeEscalation];
const SCHEDULED: &[Tactic] = &[Execution, Persistence, PrivilegeEscalation];
const ACCOUNTS: &[Tactic] = &[InitialAccess, Persistence, PrivilegeEscalation, DefenseEvasion];
const HIJACK: &[Tactic] = &[Persistence, PrivilegeEscalation, DefenseEvasion];
const ELEVATION: &[Tactic] = &[PrivilegeEscalation, DefenseEvasion];

/// Sorted by id; one row a line.
#[rustfmt::skip]
const TECHNIQUES: &[Technique] = &[
    row("T1003", "OS Credential Dumping", &[CredentialAccess]),
    row("T1003.007", "Proc Filesystem", &[CredentialAccess]),
    row("T1003.008", "/etc/passwd and /etc/shadow", &[CredentialAccess]),
    row("T1005", "Data from Local System", &[Collection]),
    row("T1007", "System Service Discovery", &[Discovery]),
    row("T1014", "Rootkit", &[DefenseEvasion]),
    row("T1016", "System Network Configuration Discovery", &[Discovery]),
    row("T1018", "Remote System Discovery", &[Discovery]),
    row("T1020", "Automated Exfiltration", &[Exfiltration]),
    row("T1021", "Remote Services", &[LateralMovement]),
    row("T1021.004", "SSH", &[LateralMovement]),
    row("T1027", "Obfuscated Files or Information", &[DefenseEvasion]),
    row("T1027.002", "Software Packing", &[DefenseEvasion]),
    row("T1027.004", "Compile After Delivery", &[DefenseEvasion]),
    row("T1033", "System Owner/User Discovery", &[Discovery]),
    row("T1036", "Masquerading", &[DefenseEvasion]),
    row("T1036.003", "Rename Legitimate Utilities", &[DefenseEvasion]),
    row("T1036.004", "Masquerade Task or Service", &[DefenseEvasion]),
    row("T1036.005", "Match Legitimate Resource Name or Location", &[DefenseEvasion]),
    row("T1037", "Boot or Logon Initialization Scripts", AUTOSTART),
    row("T1037.004", "RC Scripts", AUTOSTART),
    row("T1040", "Network Sniffing", &[CredentialAccess, Discovery]),
    row("T1041", "Exfiltration Over C2 Channel", &[Exfiltration]),
    row("T1046", "Network Service Discovery", &[Discovery]),
    row("T1048", "Exfiltration Over Alternative Protocol", &[Exfiltration]),
    row("T1049", "System Network Connections Discovery", &[Discovery]),
    row("T1053", "Scheduled Task/Job", SCHEDULED),
    row("T1053.002", "At", SCHEDULED),
    row("T1053.003", "Cron", SCHEDULED),
    row("T1053.006", "Systemd Timers", SCHEDULED),
    row("T1053.007", "Container Orchestration Job", SCHEDULED),
    row("T1055", "Process Injection", ELEVATION),
    row("T1055.008", "Ptrace System Calls", ELEVATION),
    row("T1055.009", "Proc Memory", ELEVATION),
    row("T1056", "Input Capture", &[CredentialAccess, Collection]),
    row("T1057", "Process Discovery", &[Discovery]),
    row("T1059", "Command and Scripting Interpreter", &[Execution]),
    row("T1059.004", "Unix Shell", &[Execution]),
    row("T1059.006", "Python", &[Execution]),
    row("T1059.007", "JavaScript", &[Execution]),
    row("T1059.011", "Lua", &[Execution]),
    row("T1068", "Exploitation for Privilege Escalation", &[PrivilegeEscalation]),
    row("T1069", "Permission Groups Discovery", &[Discovery]),
    row("T1070", "Indicator Removal", &[DefenseEvasion]),
    row("T1070.002", "Clear Linux or Mac System Logs", &[DefenseEvasion]),
    row("T1070.003", "Clear Command History", &[DefenseEvasion]),
    row("T1070.004", "File Deletion", &[DefenseEvasion]),
    row("T1070.006", "Timestomp", &[DefenseEvasion]),
    row("T1071", "Application Layer Protocol", &[CommandAndControl]),
    row("T1071.001", "Web Protocols", &[CommandAndControl]),
    row("T1071.004", "DNS", &[CommandAndControl]),
    row("T1072", "Software Deployment Tools", &[Execution, LateralMovement]),
    row("T1074", "Data Staged", &[Collection]),
    row("T1078", "Valid Accounts", ACCOUNTS),
    row("T1078.001", "Default Accounts", ACCOUNTS),
    row("T1078.003", "Local Accounts", ACCOUNTS),
    row("T1078.004", "Cloud Accounts", ACCOUNTS),
    row("T1082", "System Information Discovery", &[Discovery]),
    row("T1083", "File and Directory Discovery", &[Discovery]),
    row("T1087", "Account Discovery", &[Discovery]),
    row("T1087.001", "Local Account", &[Discovery]),
    row("T1090", "Proxy", &[CommandAndControl]),
    row("T1090.003", "Multi-hop Proxy", &[CommandAndControl]),
    row("T1095", "Non-Application Layer Protocol", &[CommandAndControl]),
    row("T1098", "Account Manipulation", AUTOSTART),
    row("T1098.004", "SSH Authorized Keys", AUTOSTART),
    row("T1098.006", "Additional Container Cluster Roles", AUTOSTART),
    row("T1102", "Web Service", &[CommandAndControl]),
    row("T1105", "Ingress Tool Transfer", &[CommandAndControl]),
    row("T1110", "Brute Force", &[CredentialAccess]),
    row("T1132", "Data Encoding", &[CommandAndControl]),
    row("T1132.001", "Standard Encoding", &[CommandAndControl]),
    row("T1133", "External Remote Services", &[InitialAccess, Persistence]),
    row("T1136", "Create Account", &[Persistence]),
    row("T1136.001", "Local Account", &[Persistence]),
    row("T1140", "Deobfuscate/Decode Files or Information", &[DefenseEvasion]),
    row("T1190", "Exploit Public-Facing Application", &[InitialAccess]),
    row("T1195", "Supply Chain Compromise", &[InitialAccess]),
    row("T1195.001", "Compromise Software Dependencies and Development Tools", &[InitialAccess]),
    row("T1195.002", "Compromise Software Supply Chain", &[InitialAccess]),
    row("T1201", "Password Policy Discovery", &[Discovery]),
    row("T1203", "Exploitation for Client Execution", &[Execution]),
    row("T1204", "User Execution", &[Execution]),
    row("T1204.003", "Malicious Image", &[Execution]),
    row("T1205", "Traffic Signaling", &[Persistence, DefenseEvasion, CommandAndControl]),
    row("T1205.001", "Port Knocking", &[Persistence, DefenseEvasion, CommandAndControl]),
    row("T1205.002", "Socket Filters", &[Persistence, DefenseEvasion, CommandAndControl]),
    row("T1210", "Exploitation of Remote Services", &[LateralMovement]),
    row("T1211", "Exploitation for Defense Evasion", &[DefenseEvasion]),
    row("T1212", "Exploitation for Credential Access", &[CredentialAccess]),
    row("T1219", "Remote Access Tools", &[CommandAndControl]),
    row("T1222", "File and Directory Permissions Modification", &[DefenseEvasion]),
    row("T1222.002", "Linux and Mac File and Directory Permissions Modification", &[DefenseEvasion]),
    row("T1485", "Data Destruction", &[Impact]),
    row("T1486", "Data Encrypted for Impact", &[Impact]),
    row("T1489", "Service Stop", &[Impact]),
    row("T1490", "Inhibit System Recovery", &[Impact]),
    row("T1496", "Resource Hijacking", &[Impact]),
    row("T1496.001", "Compute Hijacking", &[Impact]),
    row("T1498", "Network Denial of Service", &[Impact]),
    row("T1499", "Endpoint Denial of Service", &[Impact]),
    row("T1505", "Server Software Component", &[Persistence]),
    row("T1505.001", "SQL Stored Procedures", &[Persistence]),
    row("T1505.003", "Web Shell", &[Persistence]),
    row("T1518", "Software Discovery", &[Discovery]),
    row("T1518.001", "Security Software Discovery", &[Discovery]),
    row("T1525", "Implant Internal Image", &[Persistence]),
    row("T1528", "Steal Application Access Token", &[CredentialAccess]),
    row("T1529", "System Shutdown/Reboot", &[Impact]),
    row("T1530", "Data from Cloud Storage", &[Collection]),
    row("T1531", "Account Access Removal", &[Impact]),
    row("T1543", "Create or Modify System Process", AUTOSTART),
    row("T1543.002", "Systemd Service", AUTOSTART),
    row("T1543.005", "Container Service", AUTOSTART),
    row("T1546", "Event Triggered Execution", AUTOSTART),
    row("T1546.004", "Unix Shell Configuration Modification", AUTOSTART),
    row("T1547", "Boot or Logon Autostart Execution", AUTOSTART),
    row("T1547.006", "Kernel Modules and Extensions", AUTOSTART),
    row("T1548", "Abuse Elevation Control Mechanism", ELEVATION),
    row("T1548.001", "Setuid and Setgid", ELEVATION),
    row("T1548.003", "Sudo and Sudo Caching", ELEVATION),
    row("T1550", "Use Alternate Authentication Material", &[DefenseEvasion, LateralMovement]),
    row("T1550.001", "Application Access Token", &[DefenseEvasion, LateralMovement]),
    row("T1552", "Unsecured Credentials", &[CredentialAccess]),
    row("T1552.001", "Credentials In Files", &[CredentialAccess]),
    row("T1552.003", "Bash History", &[CredentialAccess]),
    row("T1552.004", "Private Keys", &[CredentialAccess]),
    row("T1552.005", "Cloud Instance Metadata API", &[CredentialAccess]),
    row("T1552.007", "Container API", &[CredentialAccess]),
    row("T1554", "Compromise Host Software Binary", &[Persistence]),
    row("T1555", "Credentials from Password Stores", &[CredentialAccess]),
    row("T1556", "Modify Authentication Process", &[Persistence, DefenseEvasion, CredentialAccess]),
    row("T1556.003", "Pluggable Authentication Modules", &[Persistence, DefenseEvasion, CredentialAccess]),
    row("T1557", "Adversary-in-the-Middle", &[CredentialAccess, Collection]),
    row("T1557.002", "ARP Cache Poisoning", &[CredentialAccess, Collection]),
    row("T1560", "Archive Collected Data", &[Collection]),
    row("T1560.001", "Archive via Utility", &[Collection]),
    row("T1561", "Disk Wipe", &[Impact]),
    row("T1562", "Impair Defenses", &[DefenseEvasion]),
    row("T1562.001", "Disable or Modify Tools", &[DefenseEvasion]),
    row("T1562.003", "Impair Command History Logging", &[DefenseEvasion]),
    row("T1562.004", "Disable or Modify System Firewall", &[DefenseEvasion]),
    row("T1562.006", "Indicator Blocking", &[DefenseEvasion]),
    row("T1562.012", "Disable or Modify Linux Audit System", &[DefenseEvasion]),
    row("T1563", "Remote Service Session Hijacking", &[LateralMovement]),
    row("T1563.001", "SSH Hijacking", &[LateralMovement]),
    row("T1564", "Hide Artifacts", &[DefenseEvasion]),
    row("T1564.001", "Hidden Files and Directories", &[DefenseEvasion]),
    row("T1565", "Data Manipulation", &[Impact]),
    row("T1567", "Exfiltration Over Web Service", &[Exfiltration]),
    row("T1567.002", "Exfiltration to Cloud Storage", &[Exfiltration]),
    row("T1568", "Dynamic Resolution", &[CommandAndControl]),
    row("T1569", "System Services", &[Execution]),
    row("T1569.003", "Systemctl", &[Execution]),
    row("T1570", "Lateral Tool Transfer", &[LateralMovement]),
    row("T1571", "Non-Standard Port", &[CommandAndControl]),
    row("T1572", "Protocol Tunneling", &[CommandAndControl]),
    row("T1573", "Encrypted Channel", &[CommandAndControl]),
    row("T1574", "Hijack Execution Flow", HIJACK),
    row("T1574.006", "Dynamic Linker Hijacking", HIJACK),
    row("T1574.007", "Path Interception by PATH Environment Variable", HIJACK),
    row("T1580", "Cloud Infrastructure Discovery", &[Discovery]),
    row("T1592", "Gather Victim Host Information", &[Reconnaissance]),
    row("T1595", "Active Scanning", &[Reconnaissance]),
    row("T1609", "Container Administration Command", &[Execution]),
    row("T1610", "Deploy Container", &[Execution, DefenseEvasion]),
    row("T1611", "Escape to Host", &[PrivilegeEscalation]),
    row("T1612", "Build Image on Host", &[DefenseEvasion]),
    row("T1613", "Container and Resource Discovery", &[Discovery]),
    row("T1614", "System Location Discovery", &[Discovery]),
    row("T1619", "Cloud Storage Object Discovery", &[Discovery]),
    row("T1620", "Reflective Code Loading", &[DefenseEvasion]),
    row("T1622", "Debugger Evasion", &[DefenseEvasion, Discovery]),
    row("T1648", "Serverless Execution", &[Execution]),
    row("T1651", "Cloud Administration Command", &[Execution]),
    row("T1652", "Device Driver Discovery", &[Discovery]),
    row("T1653", "Power Settings", &[Persistence]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn techniques_are_sorted_and_their_parents_known() {
        assert!(TECHNIQUES.is_sorted_by(|a, b| a.id < b.id));
        for row in TECHNIQUES {
            assert_eq!(technique(row.id), Some(row));
            assert!(!row.tactics.is_empty() && !row.name.is_empty());
            assert!(row.tactics.is_sorted(), "{}: tactics in ATT&CK's order", row.id);
            assert_eq!(row.id.contains('.'), row.parent().is_some(), "{}", row.id);
        }
    }

    #[test]
    fn a_technique_is_found_by_its_exact_id_only() {
        let shell = technique("T1059.004").map(Technique::full_name);
        assert_eq!(shell.as_deref(), Some("Command and Scripting Interpreter: Unix Shell"));
        assert_eq!(technique("t1611").map(|found| found.name), Some("Escape to Host"));
        for unknown in ["", "T", "T1059.", "T1059.0040", "T9999", "execution"] {
            assert!(technique(unknown).is_none(), "{unknown}");
        }
    }

    #[test]
    fn tactics_are_found_by_tag_and_id() {
        for tactic in Tactic::ALL {
            assert_eq!(tactic_from_tag(tactic.tag()), Some(tactic));
            assert_eq!(tactic_from_id(tactic.id()), Some(tactic));
        }
        assert_eq!(tactic_from_tag("mitre_execution"), Some(Execution));
        assert_eq!(tactic_from_tag("maturity_stable"), None);
        assert_eq!(tactic_from_id("T1059"), None);
    }
}
